"""Offer the product on the command line.

Owns: arguments, help, exit codes and what is printed. Calls the use cases. Holds no rule.
"""
