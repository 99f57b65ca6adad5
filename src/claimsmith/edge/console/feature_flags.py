"""Show the feature flags of the environment."""

from starlette.responses import Response

from claimsmith.domain.feature_flags import UNSET, value_text
from claimsmith.edge.console.visits import Visit
from claimsmith.usecases import feature_flags

PAGE_SIZE = 50


async def flags_page(visit: Visit) -> Response:
    """List the flags with their values, a page at a time."""
    found = await feature_flags.list_flags(visit.context, page_size=PAGE_SIZE, next_token=visit.asked("next"))
    rows = [
        (
            flag,
            value_text(flag.type, flag.default_value),
            None if flag.environment_value is UNSET else value_text(flag.type, flag.environment_value),
        )
        for flag in found.items
    ]
    return visit.page("feature_flags.html", found=found, rows=rows, is_first=visit.asked("next") is None)
