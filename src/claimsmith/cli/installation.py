"""Tell whether there is an installation, so that a mistyped directory is refused and does not become one."""

from typing import TYPE_CHECKING

from claimsmith.cli.failures import CommandFailed

if TYPE_CHECKING:
    from claimsmith.settings import Settings


def require_installation(settings: "Settings") -> None:
    """Refuse a directory that holds no installation, or one that has lost its master key.

    Makes nothing. Whether PostgreSQL holds one is seen when it is asked. Raises `CommandFailed`.
    """
    from claimsmith.crypto.master_key import FILE_NAME as MASTER_KEY
    from claimsmith.storage.database import DATABASE_FILE

    data = settings.data.absolute()
    if settings.database_url is None and not (data / DATABASE_FILE).exists():
        raise CommandFailed(
            f"There is no installation in {data}: it has no {DATABASE_FILE}. Name the right directory with "
            f"--data or CLAIMSMITH_DATA, or make an installation: claimsmith serve --data {settings.data}"
        )
    is_given = settings.master_key or settings.master_key_file
    if not is_given and not (data / MASTER_KEY).exists():
        raise CommandFailed(
            f"There is no {data / MASTER_KEY}, which opens what the database holds. Name the right directory "
            "with --data or CLAIMSMITH_DATA, restore the file from its backup, or give the key in "
            "CLAIMSMITH_MASTER_KEY."
        )
