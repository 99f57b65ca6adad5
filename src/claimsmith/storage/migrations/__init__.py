"""Hold the Alembic migrations, one file per change of the schema, applied in order."""
