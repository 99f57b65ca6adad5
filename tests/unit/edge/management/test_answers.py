"""Answers are described from the types that operations name."""

from claimsmith.edge.management.answers import Moment, Shown, answer_schemas

REF = "#/components/schemas/"


class ShownPart(Shown):
    """Hold a part."""

    id: str
    made_on: Moment | None


def test_members_stand_beside_code_and_message():
    schemas, named = answer_schemas([("getParts", {"parts": list[ShownPart], "has_more": bool})])
    assert schemas == {"getParts": {"$ref": f"{REF}GetPartsAnswer"}}
    assert named["GetPartsAnswer"] == {
        "type": "object",
        "required": ["code", "message", "parts", "has_more"],
        "properties": {
            "code": {"type": "string"},
            "message": {"type": "string"},
            "parts": {"type": "array", "items": {"$ref": f"{REF}ShownPart"}},
            "has_more": {"type": "boolean"},
        },
    }
    assert named["ShownPart"]["required"] == ["id", "made_on"]
    assert named["ShownPart"]["properties"]["made_on"]["anyOf"] == [
        {"type": "string", "format": "date-time"},
        {"type": "null"},
    ]


def test_answers_without_members_share_one_schema():
    schemas, named = answer_schemas([("deletePart", {}), ("changePart", {})])
    assert schemas == {"deletePart": {"$ref": f"{REF}Done"}, "changePart": {"$ref": f"{REF}Done"}}
    assert list(named["Done"]["properties"]) == ["code", "message"]


def test_an_object_can_be_the_whole_answer():
    schemas, named = answer_schemas([("getPart", ShownPart)])
    assert schemas == {"getPart": {"$ref": f"{REF}ShownPart"}}
    assert "code" not in named["ShownPart"]["properties"]
