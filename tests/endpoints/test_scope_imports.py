"""The management API takes OpenAPI documents as raw bodies and makes scopes of them."""

import pytest

YAML = b"""openapi: 3.1.0
info: {title: Orders, version: "1"}
paths:
  /orders:
    get: {summary: List orders.}
"""
JSON = b'{"swagger": "2.0", "info": {}, "paths": {"/orders": {"get": {"summary": "List orders."}}}}'


def path_of(orders, suffix=""):
    return f"/api/v1/apis/{orders.api_id}/scope_imports{suffix}"


async def upload(orders, content=YAML, *, media_type="application/yaml", filename="orders.yaml", **headers):
    query = f"?filename={filename}" if filename else ""
    return await orders.management.post(
        path_of(orders, query), content=content, headers={"Content-Type": media_type, **headers}
    )


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"content": b""}, "FILE_INVALID", "file"),
        ({"content": b"a: ["}, "FILE_INVALID", "file"),
        ({"content": b"openapi: 3.1.0"}, "OPENAPI_PATHS_REQUIRED", "file"),
        ({"filename": "orders.txt"}, "FILE_TYPE_INVALID", "file"),
        ({"filename": "", "media_type": "application/octet-stream"}, "FILENAME_REQUIRED", "filename"),
        ({"filename": "", "media_type": "text/html"}, "FILENAME_REQUIRED", "filename"),
        ({"Content-Encoding": "gzip"}, "FILE_ENCODED", "file"),
        ({"content": b" " * (20 * 1024 * 1024 + 1)}, "FILE_TOO_LARGE", "file"),
    ],
)
async def test_refuses_what_is_no_document(orders, options, code, field):
    answer = await upload(orders, **options)
    assert answer.status_code == 400, answer.text
    entry = answer.json()["errors"][0]
    assert (entry["code"], entry["field"]) == (code, field)
    assert (await orders.management.get(path_of(orders))).json()["scope_imports"] == []


async def test_reads_no_more_than_the_largest_document(orders):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1_048_576

    answer = await upload(orders, endless())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "FILE_TOO_LARGE")
    assert sent <= 22


async def test_an_import_that_does_not_exist_is_not_found(orders):
    for method in ("GET", "DELETE"):
        answer = await orders.management.request(method, path_of(orders, "/scope_import_0"))
        assert (answer.status_code, answer.json()) == (
            404,
            {
                "errors": [
                    {
                        "code": "SCOPE_IMPORT_NOT_FOUND",
                        "message": "The API has no scope import 'scope_import_0'.",
                    }
                ]
            },
        )


@pytest.mark.parametrize(
    ("media_type", "filename", "content"),
    [
        ("application/json", "", JSON),
        ("application/json; charset=utf-8", "orders.json", JSON),
        ("application/yaml", "", YAML),
        ("text/yaml", "", YAML),
        ("application/octet-stream", "orders.yml", YAML),
        ("application/octet-stream", "orders.json", JSON),
    ],
)
async def test_takes_each_content_type(orders, media_type, filename, content):
    answer = await upload(orders, content, media_type=media_type, filename=filename)
    assert answer.status_code == 201, answer.text
    assert answer.json()["scope_import"]["created_count"] == 1


async def test_imports_lists_reads_and_deletes(orders):
    answer = await upload(orders)
    made = answer.json()["scope_import"]
    shown = {
        "id": made["id"],
        "filename": "orders.yaml",
        "title": "Orders",
        "version": "1",
        "created_count": 1,
        "duplicate_count": 0,
        "removed_count": 0,
        "skipped_count": 0,
        "is_active": True,
        "imported_on": orders.opened.clock().isoformat(),
    }
    log = [{"level": "info", "key": "get:orders", "message": "Created from GET /orders."}]
    assert answer.status_code == 201
    assert answer.json() == {
        "code": "SCOPES_IMPORTED",
        "message": "Scopes imported",
        "scope_import": {**shown, "log": log},
    }
    listed = await orders.management.get(path_of(orders))
    assert listed.json() == {"code": "OK", "message": "Success", "scope_imports": [shown]}
    read = await orders.management.get(path_of(orders, f"/{made['id']}"))
    assert read.json() == {"code": "OK", "message": "Success", "scope_import": {**shown, "log": log}}
    scopes = (await orders.management.get(f"/api/v1/apis/{orders.api_id}/scopes")).json()["scopes"]
    (imported,) = (scope for scope in scopes if scope["key"] == "get:orders")
    refused = await orders.management.delete(f"/api/v1/apis/{orders.api_id}/scopes/{imported['id']}")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "SCOPE_IS_IMPORTED")
    deleted = await orders.management.delete(path_of(orders, f"/{made['id']}"))
    assert deleted.json() == {
        "code": "SCOPE_IMPORT_DELETED",
        "message": "Scope import deleted",
        "removed_count": 1,
    }
    left = (await orders.management.get(f"/api/v1/apis/{orders.api_id}/scopes")).json()["scopes"]
    assert [scope["key"] for scope in left] == ["delete:orders", "read:orders", "write:orders"]


async def test_the_openapi_document_says_what_an_upload_is(orders):
    document = (await orders.management.get("/api/v1/openapi.json")).json()
    operation = document["paths"]["/api/v1/apis/{api_id}/scope_imports"]["post"]
    assert operation["operationId"] == "importAPIScopes"
    assert operation["x-scope"] == "update:apis"
    assert sorted(operation["requestBody"]["content"]) == [
        "application/json",
        "application/octet-stream",
        "application/yaml",
        "text/yaml",
    ]
