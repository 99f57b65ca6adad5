"""Show which scopes an OpenAPI document makes, and what importing it changes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.keys_and_names import check_scope_key
from claimsmith.domain.openapi_scopes import (
    DerivedScope,
    DerivedScopes,
    ImportLogLine,
    ImportPlan,
    SkippedOperation,
    _collected,
    derive_scopes,
    plan_import,
    scope_key,
)


def document(paths, **more):
    return {"openapi": "3.1.0", "info": {"title": "Shop", "version": "2.4.0"}, "paths": paths, **more}


@pytest.mark.parametrize(
    ("given_document", "code", "message"),
    [
        (
            [],
            "OPENAPI_INVALID",
            "The document is not an object; give an OpenAPI 3.x or Swagger 2.0 document.",
        ),
        (
            {"paths": {}},
            "OPENAPI_INVALID",
            'The document is not OpenAPI: give it openapi: "3.1.0" or swagger: "2.0" at its top.',
        ),
        (
            {"openapi": "4.0.0", "paths": {}},
            "OPENAPI_INVALID",
            "The document says version '4.0.0'; OpenAPI 3.x and Swagger 2.0 can be imported.",
        ),
        (
            {"swagger": "1.2", "paths": {}},
            "OPENAPI_INVALID",
            "The document says version '1.2'; OpenAPI 3.x and Swagger 2.0 can be imported.",
        ),
        (
            {"openapi": "3.0.3"},
            "OPENAPI_PATHS_REQUIRED",
            "The document needs paths, an object of paths to operations, and has none.",
        ),
        (
            {"swagger": "2.0", "paths": ["/a"]},
            "OPENAPI_PATHS_REQUIRED",
            "The document needs paths, an object of paths to operations, and holds list there.",
        ),
    ],
)
def test_another_kind_of_document_is_refused(given_document, code, message):
    with pytest.raises(InvalidInput) as refused:
        derive_scopes(given_document)
    assert (refused.value.field, refused.value.code, refused.value.message) == ("file", code, message)


def test_more_than_two_thousand_operations_are_refused():
    paths = {f"/p{number}": {"get": {}} for number in range(2_000)}
    assert len(derive_scopes(document(paths)).scopes) == 2_000
    with pytest.raises(InvalidInput) as refused:
        derive_scopes(document({**paths, "/one-more": {"get": {}}}))
    assert refused.value.code == "OPENAPI_TOO_LARGE"
    assert refused.value.message == "The document has more than 2000 operations; split it into several APIs."


def test_many_broken_paths_are_refused_too():
    with pytest.raises(InvalidInput) as refused:
        derive_scopes(document({f"/p{number}": None for number in range(2_001)}))
    assert refused.value.code == "OPENAPI_TOO_LARGE"


@pytest.mark.parametrize(
    "head", [{"openapi": "3.0.3"}, {"swagger": "2.0"}, {"swagger": 2.0}, {"openapi": 3.1}]
)
def test_both_kinds_of_document_are_read(head):
    assert len(derive_scopes({**head, "paths": {"/a": {"get": {}}}}).scopes) == 1


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/carts/{cartId}/items", "get:carts_cartid_items"),
        ("post", "/", "post:root"),
        ("put", "/v1//user-settings/", "put:v1_user_settings"),
        ("delete", "/a/{b}.{format}", "delete:a_b_format"),
        ("get", "/__x__y", "get:x_y"),
        ("get", "/café", "get:caf_c3_a9"),
        ("get", "/" + "a" * 60, "get:" + "a" * 60),
    ],
)
def test_the_key_is_the_method_and_the_normalized_path(method, path, key):
    assert scope_key(method, path) == key


def test_a_long_key_is_cut_and_ends_in_a_stable_hash():
    assert scope_key("get", "/" + "a" * 61) == "get:" + "a" * 51 + "_2881c9b9"
    assert scope_key("get", "/" + "a" * 61 + "b") != scope_key("get", "/" + "a" * 61 + "c")


def test_every_method_makes_a_scope_and_nothing_else_does():
    methods = ["get", "post", "put", "patch", "delete", "options", "head", "trace"]
    item = {name: {} for name in methods} | {"parameters": [], "summary": "x", "x-get": {}, 200: {}}
    derived = derive_scopes(document({"/a": item, "x-internal": {"get": {}}}))
    assert [scope.key for scope in derived.scopes] == [f"{name}:a" for name in methods]
    assert derived.skipped == ()


def test_the_description_is_the_summary_else_the_operation_id_else_the_operation():
    derived = derive_scopes(
        document(
            {
                "/a": {"get": {"summary": " Read\n a ", "operationId": "readA"}},
                "/b": {"get": {"summary": "  ", "operationId": "readB"}},
                "/C": {"get": {"summary": ["x"], "operationId": 5}},
                "/d": {"get": {"summary": "é" * 600}},
            }
        )
    )
    assert derived == DerivedScopes(
        scopes=(
            DerivedScope("get:a", "Read a", "GET", "/a"),
            DerivedScope("get:b", "readB", "GET", "/b"),
            DerivedScope("get:c", "GET /C", "GET", "/C"),
            DerivedScope("get:d", "é" * 511 + "…", "GET", "/d"),
        ),
        skipped=(),
        document_version="2.4.0",
        title="Shop",
    )


def test_what_makes_no_scope_is_reported_with_the_reason():
    derived = derive_scopes(
        document(
            {
                "/a-b": {"get": {}},
                "/a_b": {"get": {}},
                "/c": {"$ref": "#/components/pathItems/c", "get": None},
                "/d": [],
                "e": {"get": {}},
                7: {"get": {}},
            },
            info="none",
        )
    )
    assert derived == DerivedScopes(
        scopes=(DerivedScope("get:a_b", "GET /a-b", "GET", "/a-b"),),
        skipped=(
            SkippedOperation("GET", "/a_b", "get:a_b", "Duplicate: GET /a-b has the same scope name."),
            SkippedOperation(
                "",
                "/c",
                "",
                "References to path items ($ref) are not followed; write the operations out.",
            ),
            SkippedOperation("GET", "/c", "get:c", "The operation is not an object."),
            SkippedOperation("", "/d", "", "The path holds no object of operations."),
            SkippedOperation("", "e", "", "A path begins with a slash; add it."),
            SkippedOperation("", "(int)", "", "The path is not a text; put it in quotes."),
        ),
        document_version=None,
        title=None,
    )


def test_a_reserved_name_is_skipped():
    reserved = DerivedScope("openid", "Sign in", "GET", "/openid")
    assert _collected([reserved]) == (
        (),
        (SkippedOperation("GET", "/openid", "openid", "The name is reserved for OpenID Connect."),),
    )


def test_importing_creates_new_keeps_existing_and_removes_only_imported_scopes():
    derived = derive_scopes(
        document({"/new": {"get": {}}, "/kept": {"get": {}}, "/own": {"get": {}}, "/bad": None})
    )
    new, kept, own = derived.scopes
    plan = plan_import(
        derived,
        {
            "get:kept": "import",
            "get:own": "manual",
            "get:gone": "import",
            "get:adopted": "manual",
            "read:all": "manual",
        },
        {"get:kept", "get:gone", "get:adopted", "get:deleted_since"},
    )
    assert plan == ImportPlan(
        created=(new,),
        duplicates=(kept, own),
        removed=("get:gone",),
        skipped=derived.skipped,
        log=(
            ImportLogLine("info", "get:new", "Created from GET /new."),
            ImportLogLine("info", "get:kept", "Duplicate: an earlier import made it; it stays as it is."),
            ImportLogLine("warning", "get:own", "Duplicate: it was made by hand; it stays as it is."),
            ImportLogLine("info", "get:gone", "Removed: the document no longer has it."),
            ImportLogLine("warning", "", "Skipped /bad. The path holds no object of operations."),
        ),
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["get", "POST", "$ref", "x-y", "parameters"]) | st.text() | st.integers()
hostile_paths = st.dictionaries(
    st.text().map(lambda text: "/" + text) | st.text() | st.integers(),
    anything | st.dictionaries(names, anything, max_size=4),
    max_size=5,
)


@given(hostile_paths, anything)
def test_hostile_documents_give_scopes_that_may_be_stored(paths, info):
    derived = derive_scopes({"openapi": "3.0.0", "info": info, "paths": paths})
    keys = [scope.key for scope in derived.scopes]
    assert len(keys) == len(set(keys))
    for scope in derived.scopes:
        assert check_scope_key(scope.key) == scope.key
        assert re.fullmatch(r"[a-z]+:[a-z0-9_]+", scope.key)
        assert 1 <= len(scope.description) <= 512
        (scope.description + scope.path).encode()
    for skipped in derived.skipped:
        (skipped.path + skipped.reason).encode()
    again = plan_import(derived, dict.fromkeys(keys, "import"), set(keys))
    assert (again.created, again.duplicates, again.removed) == ((), derived.scopes, ())


@given(anything)
def test_any_value_is_read_or_refused_with_invalid_input(value):
    try:
        derive_scopes(value)
    except InvalidInput as refused:
        assert refused.field == "file"
