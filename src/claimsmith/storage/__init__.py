"""Keep everything in SQLite or PostgreSQL.

Owns: tables, migrations, queries, the unit of work, the change feed, the usage counters. Depends on
`domain` and SQLAlchemy. Does not decide whether a change is allowed, and does not encrypt: it is handed
sealed values. Every query is bound to one environment; `wall.py` refuses any statement that is not.
"""

from claimsmith.spared import import_without

# What is spared is its object-relational mapper: everything here is written in SQL expressions.
import_without("sqlalchemy.ext.asyncio", "session", "scoping")
