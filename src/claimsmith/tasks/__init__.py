"""Do the work that no request waits for.

Owns: following the change feed, flushing usage, sweeping what expired. Depends on `usecases` and what it is
handed. Does not answer requests.
"""
