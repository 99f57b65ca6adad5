"""Say failures in one sentence."""

REFUSED_STATES = ("28", "3D", "53", "57")
"""Classes of SQLSTATE: authorization, no such database, no resources left, shut down by its operator."""


class CommandFailed(Exception):
    """Say why a command could not do what was asked, and what to change."""


def told(error: Exception) -> str | None:
    """Return the sentence for a failure that a person can mend; `None` for a defect of the program."""
    # Imported here: a command that fails early has loaded few of these, and one that works needs none.
    from claimsmith.crypto.master_key import MasterKeyError
    from claimsmith.crypto.sealing import CannotOpen
    from claimsmith.domain.errors import DomainError, Unavailable
    from claimsmith.settings import SettingsError
    from claimsmith.storage.schema import SchemaMismatch

    if isinstance(error, DomainError):
        return error.message
    if isinstance(error, Unavailable):
        return error.detail
    if isinstance(error, CommandFailed | SettingsError | MasterKeyError | CannotOpen | SchemaMismatch):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    return _told_by_database(error)


def _told_by_database(error: Exception) -> str | None:
    """Return what the database said where that is no defect: a wrong URL or password, a broken file."""
    if type(error).__module__.partition(".")[0] != "sqlalchemy":
        return None
    from sqlalchemy.exc import DatabaseError, DBAPIError

    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if state.startswith(REFUSED_STATES):
            return (
                f"The database refused{_place(error)}: {error.orig}. Check the user, password and database "
                "that CLAIMSMITH_DATABASE_URL or --database-url names, and what this user may do."
            )
        if type(error) is DatabaseError:
            return (
                f"The database refused{_place(error)}: {error.orig}. The file is damaged: stop what uses it "
                "and restore it from a backup."
            )
    return None


def _place(error: Exception) -> str:
    """Return where the database is, which `storage.database` notes on its errors."""
    return "".join(f" ({note})" for note in getattr(error, "__notes__", ())[:1])
