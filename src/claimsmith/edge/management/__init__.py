"""Serve the management API, one module per noun.

Owns: the JSON shapes, status codes and scopes of `/api/v1`. Holds no rule.
"""
