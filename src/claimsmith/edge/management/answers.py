"""Describe what operations answer, for the OpenAPI document alone.

An operation names the members of its answer with their types: `answer={"role": ShownRole}`. Objects are
typed dictionaries, which the functions that make them return, so that the type checker compares the two.
Nothing is validated while a request is served, and no schema is made before somebody asks for the document.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import TypeAdapter, WithJsonSchema
from typing_extensions import TypedDict

Answer = Mapping[str, Any] | type
"""The members that an answer has beside `code` and `message`, or the object that is the whole answer."""

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment as text: ISO 8601 in UTC."""

ENVELOPE: Mapping[str, Any] = {"code": str, "message": str}


class Shown(TypedDict):
    """Be the base of every object in an answer. A member that some answers lack is `NotRequired`."""


class Named(Shown):
    """Hold the id of an object that was made."""

    id: str


def answer_schemas(answers: Iterable[tuple[str, Answer]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of each answer by its operation's id, and the schemas that these refer to by name.

    A whole answer is a schema with a name too, so that generated clients have a type for it.
    """
    given = dict(answers)
    inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = [
        ((name, member), "serialization", TypeAdapter(kind))
        for name, answer in given.items()
        for member, kind in members_of(answer).items()
    ]
    made, named = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    schemas, components = {}, dict(named.get("$defs", {}))
    for name, answer in given.items():
        found = {member: made[(name, member), "serialization"] for member in members_of(answer)}
        if not isinstance(answer, Mapping):
            schemas[name] = found[""]
            continue
        title = f"{name[0].upper()}{name[1:]}Answer" if answer else "Done"
        components[title] = {"type": "object", "required": list(found), "properties": found}
        schemas[name] = {"$ref": f"#/components/schemas/{title}"}
    return schemas, components


def members_of(answer: Answer) -> Mapping[str, Any]:
    """Return the members of an answer with their types. One that has no envelope is its only member."""
    return {**ENVELOPE, **answer} if isinstance(answer, Mapping) else {"": answer}
