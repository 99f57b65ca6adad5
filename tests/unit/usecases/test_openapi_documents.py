"""Show which uploaded files are read, and what the refusal of the others says."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from claimsmith.domain.errors import InvalidInput
from claimsmith.usecases.openapi_documents import LARGEST_FILE_BYTES, parse_openapi_document

NO_OBJECT = "The file does not hold an object at its top; upload an OpenAPI 3.x or Swagger 2.0 document."
DEEP = "The file is nested deeper than 100 levels; flatten it."


@pytest.mark.parametrize(
    ("filename", "content", "message"),
    [
        (
            "api.txt",
            b"{}",
            "The file name is 'api.txt'; upload a file whose name ends in .json, .yaml or .yml.",
        ),
        ("json", b"{}", "The file name is 'json'; upload a file whose name ends in .json, .yaml or .yml."),
        ("", b"{}", "The file name is ''; upload a file whose name ends in .json, .yaml or .yml."),
        ("a.json", b"", "The file is empty; upload an OpenAPI 3.x or Swagger 2.0 document."),
        ("a.yaml", b" \n", "The file is empty; upload an OpenAPI 3.x or Swagger 2.0 document."),
        (
            "a.yaml",
            b"a: 1\nb: \xff",
            "The file is not UTF-8 at line 2; save it as UTF-8 and upload it again.",
        ),
        (
            "a.json",
            b'{"a":1}x',
            "The file is not JSON at line 1, column 8: unexpected content after document. Correct it.",
        ),
        ("a.json", b"[]", NO_OBJECT),
        ("a.yaml", b"- a\n", NO_OBJECT),
        ("a.yaml", b"# nothing\n", NO_OBJECT),
        (
            "a.json",
            b'{"paths":{"/a":1,"/a":2}}',
            "An object of the file has the key '/a' a second time; keep one of them.",
        ),
        ("a.json", b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", DEEP),
        ("a.yaml", b"a: 1\nb: 2\na: 3\n", "Line 3 has the key 'a' a second time; keep one of them."),
        ("a.yaml", b"a: 1\n---\nb: 2\n", "Line 2 begins a second document; upload one document."),
        (
            "a.yaml",
            b"a:\n  - b\n c: d\n",
            "The file is not YAML at line 3: did not find expected key. Correct it.",
        ),
        ("a.yaml", b"a: \x07\n", "Line 1 holds the character U+0007; remove it."),
        (
            "a.yaml",
            b"a: 1\nb: !!python/object/apply:os.system [id]\n",
            "Line 2 has the YAML tag 'tag:yaml.org,2002:python/object/apply:os.system'; remove the tag.",
        ),
        (
            "a.yaml",
            b"a: !!timestamp x\n",
            "Line 1 has the YAML tag 'tag:yaml.org,2002:timestamp'; remove the tag.",
        ),
        ("a.yaml", b"? [a]\n: b\n", "Line 1 uses a collection as a key; keys are texts."),
        ("a.yaml", b"true: b\n", "Line 1 has a key that is not a text; put it in quotes."),
        (
            "a.yaml",
            b"a: &x 1\n*x : b\n? *y\n: c",
            "Line 3 refers to the alias 'y' before its value ends; write the value out.",
        ),
        (
            "a.yaml",
            b"a: &x [*x]\n",
            "Line 1 refers to the alias 'x' before its value ends; write the value out.",
        ),
        ("a.yaml", b"a: " + b"[" * 200, "At line 1 the file is nested deeper than 100 levels; flatten it."),
        ("a.yaml", b"- " * 200, "At line 1 the file is nested deeper than 100 levels; flatten it."),
    ],
)
def test_a_wrong_file_is_refused_with_the_remedy(filename, content, message):
    with pytest.raises(InvalidInput) as refused:
        parse_openapi_document(filename, content)
    assert (refused.value.field, refused.value.message) == ("file", message)


def test_a_file_of_more_than_20_mebibytes_is_refused():
    with pytest.raises(InvalidInput) as refused:
        parse_openapi_document("a.json", b"{}" + b" " * LARGEST_FILE_BYTES)
    assert (refused.value.code, refused.value.message) == (
        "FILE_TOO_LARGE",
        "The file has 20971522 bytes; 20971520 is the most. Split the document.",
    )


@pytest.mark.parametrize(
    ("filename", "begin", "value", "end"),
    [("a.json", b'{"a":[1', b",1", b"]}"), ("a.yaml", b"a: [x", b",x", b"]")],
    ids=["json", "yaml"],
)
def test_a_file_of_more_than_a_million_values_is_refused(filename, begin, value, end):
    with pytest.raises(InvalidInput) as refused:
        parse_openapi_document(filename, begin + value * 1_000_000 + end)
    assert (refused.value.code, refused.value.message) == (
        "FILE_TOO_LARGE",
        "The file holds more than 1000000 values; split the document.",
    )


def test_an_alias_bomb_is_refused():
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 12)]
    with pytest.raises(InvalidInput) as refused:
        parse_openapi_document("bomb.yaml", "\n".join(lines).encode())
    assert refused.value.message == "Line 5 uses one alias too many, 'a3'; write the values out."


def test_a_chain_of_aliases_may_not_nest_deeper_than_a_file_may():
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 120)]
    with pytest.raises(InvalidInput) as refused:
        parse_openapi_document("chain.yaml", "\n".join(lines).encode())
    assert refused.value.message == "At line 100 the file is nested deeper than 100 levels; flatten it."


def test_yaml_is_read_with_numbers_and_dates_as_written():
    content = b"""\xef\xbb\xbfopenapi: 3.1.0
info: {title: Shop, version: 1.10, date: 2024-01-02, count: 0x1F, on: yes, off: "true"}
shared: &shared
  get: {summary: "A \\u00e9", deprecated: false, description: ~}
paths:
  /a: *shared
  /b:
    <<: *shared
"""
    shared = {"get": {"summary": "A é", "deprecated": False, "description": None}}
    assert parse_openapi_document("Shop.YAML", content) == {
        "openapi": "3.1.0",
        "info": {
            "title": "Shop",
            "version": "1.10",
            "date": "2024-01-02",
            "count": "0x1F",
            "on": "yes",
            "off": "true",
        },
        "shared": shared,
        "paths": {"/a": shared, "/b": {"<<": shared}},
    }


def test_json_is_read():
    content = b'\xef\xbb\xbf{"openapi": "3.0.3", "paths": {"/a": {"get": {"summary": "A"}}}, "n": 1.5}'
    assert parse_openapi_document("shop.json", content) == {
        "openapi": "3.0.3",
        "paths": {"/a": {"get": {"summary": "A"}}},
        "n": 1.5,
    }


def test_the_deepest_allowed_nesting_is_read():
    deepest = '{"a":' + "[" * 99 + "1" + "]" * 99 + "}"
    assert parse_openapi_document("a.json", deepest.encode()) == json.loads(deepest)
    assert parse_openapi_document("a.yaml", deepest.replace("1", "x").encode()) == json.loads(
        deepest.replace("1", '"x"')
    )


plain = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), plain, max_size=4))
def test_json_and_yaml_of_the_same_document_read_alike(document):
    as_json = json.dumps(document).encode()
    as_yaml = yaml.safe_dump(document).encode()
    assert parse_openapi_document("a.json", as_json) == document
    assert parse_openapi_document("a.yaml", as_yaml) == document


fragments = st.sampled_from(
    [
        *(bytes([byte]) for byte in b"a\n[]{},'\"\t\x00\xff9#\r"),
        *(b": ", b"  ", b"- ", b"? ", b"&x ", b"*x", b"!!", b"!t ", b"|\n", b">", b"<<", b"null"),
        *(b"%YAML 1.9\n", b"---\n", b"...\n", b"\xef\xbb\xbf", b"\xc2\x85"),
        *(b"\\0", b"\\ud800", b"\\U00110000"),
    ]
)


@settings(max_examples=300)
@given(st.sampled_from(["a.json", "a.yml"]), st.lists(fragments, max_size=20).map(b"".join) | st.binary())
def test_any_bytes_give_a_mapping_or_invalid_input(filename, content):
    try:
        assert isinstance(parse_openapi_document(filename, content), dict)
    except InvalidInput as refused:
        assert refused.field == "file"
        refused.message.encode()


@given(st.text() | st.none() | st.integers())
def test_any_file_name_is_judged(filename):
    try:
        parse_openapi_document(filename, b"{}")
    except InvalidInput as refused:
        assert refused.code == "FILE_TYPE_INVALID"
