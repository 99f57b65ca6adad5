"""Hold the frozen types and the pure rules of the product.

Owns: what an application, an API, a flag, a property, an organization, a token profile *is*, and the rules
that need nothing but their arguments. Depends on the standard library alone. Does not read, write, sign,
log or know HTTP.
"""
