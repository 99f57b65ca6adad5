"""Name the permissions that this server itself goes by: what members may do in the self-serve portal."""

from dataclasses import dataclass

READ_BILLING = "org:read:billing"
WRITE_BILLING = "org:write:billing"


@dataclass(frozen=True, slots=True)
class SystemPermission:
    """Hold one of them; it is a permission like others once a role has it."""

    key: str
    name: str
    description: str


SYSTEM_PERMISSIONS = (
    SystemPermission(READ_BILLING, "Read billing", "See the plan of the organization in the portal."),
    SystemPermission(WRITE_BILLING, "Write billing", "Change the plan of the organization in the portal."),
)
