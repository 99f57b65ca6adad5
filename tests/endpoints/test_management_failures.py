"""What the management API says of its own defects: one shape for every error, and nothing disclosed (G2)."""

import httpx

from claimsmith.edge.management.api import make_management_api, openapi_document
from tests.support.platform import ISSUER


async def unprepared(scope, receive, send):
    """Serve the management API as nothing does: without a platform, which no operation survives."""
    scope["claimsmith.request_id"] = "0123456789abcdef"
    await make_management_api()(scope, receive, send)


async def test_a_defect_is_answered_in_the_shape_of_every_error():
    transport = httpx.ASGITransport(app=unprepared, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        answer = await http.get("/api/v1/apis")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json")
    assert answer.headers["cache-control"] == "no-store"
    message = "The server failed. The log says more under 0123456789abcdef."
    assert answer.json() == {"errors": [{"code": "SERVER_ERROR", "message": message}]}


def test_every_operation_describes_its_errors_and_a_conflict_where_versions_are_compared():
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}}
    conflicting = set()
    for operations in openapi_document(ISSUER)["paths"].values():
        for operation in operations.values():
            errors = {status for status in operation["responses"] if not status.startswith("2")}
            assert errors - {"412"} == {"400", "401", "403", "404", "409", "503"}
            assert all(operation["responses"][status]["content"] == shape for status in errors)
            if "412" in errors:
                conflicting.add(operation["operationId"])
    assert conflicting == {"putTokenProfile"}
