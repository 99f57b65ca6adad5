"""Serve the protocol endpoints, one module per endpoint.

Owns: reading the HTTP request and writing the HTTP response. The meaning is in `claimsmith.oauth`.
"""
