"""Compare each success of the management API with what its OpenAPI document says of it, and no more.

The document tells clients what they can rely on, and lets an answer have further members; here none may.
"""

import re
from copy import deepcopy
from functools import cache
from typing import Any

import httpx
import jsonschema_rs

from claimsmith.edge.management.api import openapi_document


async def assert_as_described(answer: httpx.Response) -> None:
    """Raise `AssertionError` for a success that differs from the document."""
    found = re.search(r"/api/v1/.*", answer.url.path)
    if not found:
        return
    for path, method, status, validator in _validators():
        if (method, status) == (answer.request.method, answer.status_code) and path.fullmatch(found[0]):
            await answer.aread()
            faults = [
                f"{each.instance_path}: {each.message}" for each in validator.iter_errors(answer.json())
            ]
            assert not faults, f"{method} {found[0]} answers otherwise than its document says: {faults}"


@cache
def _validators() -> list[tuple[re.Pattern[str], str, int, Any]]:
    document = strict_document()
    found = []
    for path, operations in document["paths"].items():
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if status >= "300":
                    continue
                schema = {
                    **response["content"]["application/json"]["schema"],
                    "components": document["components"],
                }
                validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
                found.append((pattern, method.upper(), int(status), validator))
    return found


def strict_document() -> dict[str, Any]:
    """Return the OpenAPI document with every named object closed to members that it does not name."""
    document = deepcopy(openapi_document("https://id.example.com"))
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return document


def shapeless(schema: Any, place: str = "") -> list[str]:
    """Return the places in a schema that say nothing of the value there, or let an object be any object."""
    if not schema or schema is True:
        return [place]
    found = []
    if schema.get("type") == "object" and not schema.keys() & {"properties", "additionalProperties"}:
        found.append(place)
    for name, member in schema.get("properties", {}).items():
        found += shapeless({k: v for k, v in member.items() if k != "title"}, f"{place}.{name}")
    if "additionalProperties" in schema:
        found += shapeless(schema["additionalProperties"], f"{place}{{}}")
    if "items" in schema:
        found += shapeless(schema["items"], f"{place}[]")
    for each in schema.get("anyOf", ()):
        found += shapeless(each, place)
    return found
