"""Compare each success of the management API with what its OpenAPI document says of it, and no more.

The document tells clients what they can rely on, and lets an answer have further members; here none may.
"""

import json
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
    for pattern, path, method, status in _successes():
        if (method, status) == (answer.request.method, answer.status_code) and pattern.fullmatch(found[0]):
            await answer.aread()
            faults = [
                f"{each.instance_path}: {each.message}"
                for each in _validator(path, method, status).iter_errors(answer.json())
            ]
            assert not faults, f"{method} {found[0]} answers otherwise than its document says: {faults}"


@cache
def _document() -> dict[str, Any]:
    return strict_document()


@cache
def _successes() -> list[tuple[re.Pattern[str], str, str, int]]:
    """Return every answer that is a success: the pattern of its path, the path, the method and the status."""
    found = []
    for path, operations in _document()["paths"].items():
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        for method, operation in operations.items():
            for status in operation["responses"]:
                if status < "300":
                    found.append((pattern, path, method.upper(), int(status)))
    return found


@cache
def _validator(path: str, method: str, status: int) -> Any:
    """Return what holds one answer against its schema, with the named schemas that this one leads to."""
    response = _document()["paths"][path][method.lower()]["responses"][str(status)]
    schema = response["content"]["application/json"]["schema"]
    named: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for name in _REFERENCE.findall(json.dumps(waiting.pop())):
            if name not in named:
                named[name] = _document()["components"]["schemas"][name]
                waiting.append(named[name])
    return jsonschema_rs.Draft202012Validator(
        {**schema, "components": {"schemas": named}}, validate_formats=True
    )


_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')


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
