"""Own everything that leaves the machine: mail, and requests to addresses that others chose.

It knows domain types alone. What is sent, and when, is decided by use cases; who may be reached is decided
here, at the moment of connecting.
"""
