"""Do the verbs of the product, one module per noun.

Owns: each change as one transaction, and the reads that answer a question. Console, management API and
command line call these same functions. Depends on every floor but the edges. Does not know HTTP, forms or
terminals.
"""
