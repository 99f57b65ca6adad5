"""Measure what a token costs: against a bare signature, against oidc-provider, and with a full database.

This room starts the real server as a separate process on one core and drives it from the other, over HTTP,
as anybody else would. It depends on nothing inside the server but its command line, its management API and,
for filling a database, its tables. It deliberately holds no test: it reports, and only fails on demand.
"""
