"""Hold one claim source per file.

A source is `contribute(context)`: pure, synchronous, and never silent about what a kind of token can have: it
yields the claims it adds, or the reason why it adds none. Sources may not import one another.
"""
