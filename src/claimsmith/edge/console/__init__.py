"""Serve the admin console, one module per noun.

Owns: forms and pages. Holds no rule.
"""
