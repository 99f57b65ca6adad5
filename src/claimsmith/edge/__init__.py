"""Translate HTTP into calls and results into HTTP.

Owns: paths, forms, headers, cookies, pages and the one mapping from errors to responses. Depends on
`usecases`, `oauth`, `claims`, `domain`. Holds no rule and no SQL.
"""
