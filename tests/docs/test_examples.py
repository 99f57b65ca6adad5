"""Every example of every document works."""

import json
import re
from itertools import zip_longest

import pytest

from claimsmith.settings import SettingsError
from tests.docs.examples import ROOT, Example, Reader, agree, documents, examples, printed_by, unseen
from tests.docs.visits import Visit, by_chromium, by_http, read_visit
from tests.support import node

SINGLE_PAGE = ROOT / "docs" / "tutorial" / "single-page-app.md"
# Its pages do nothing without scripts.
WITH_CHROMIUM = pytest.param(SINGLE_PAGE, marks=pytest.mark.browser)
WITH_EXAMPLES = [
    WITH_CHROMIUM if document == SINGLE_PAGE else document for document in documents() if examples(document)
]


@pytest.mark.parametrize("document", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_work(document, tmp_path, free_port, postgres_url, authority):
    found = examples(document)
    browser = by_http
    if document == SINGLE_PAGE:
        (tmp_path / "node_modules").symlink_to(node.packages())
        browser = by_chromium
    cert, key = map(str, authority.issue())
    given = {"POSTGRES_URL": postgres_url, "CERT": cert, "KEY": key, "AUTHORITY": str(authority.path)}
    with Reader(tmp_path, free_port, browser, **given) as reader:
        for example, after in zip_longest(found, found[1:]):
            try:
                reader.follow(example, printed_by(example, after))
            except (AssertionError, ValueError) as error:
                raise AssertionError(f"{document.name}, line {example.line}: {error}") from None


def test_what_a_document_installs_is_what_was_tried():
    locked = json.loads((node.FOLDER / "package.json").read_text())["dependencies"]
    named = re.findall(r"npm install (\S+)@(\S+)", SINGLE_PAGE.read_text())
    assert named
    assert all(locked[name] == version for name, version in named)


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_escapes(document):
    assert unseen(document) == []


def test_code_that_would_escape_is_noticed(tmp_path):
    document = tmp_path / "page.md"
    alone = "```sh\ntrue\n```\n\nSo:\n\n```text\nfar away\n```\n"
    document.write_text(f"{alone}\n    indented\n\n- one:\n\n  ```sh\n  false\n  ```\n")
    assert unseen(document) == [
        "code outside a block:   ```sh",
        "code outside a block:   ```",
        "indented code: indented",
        "line 7: output of nothing",
    ]
    document.write_text(
        "```python\nprint(1)\n```\n\n```text\n1\n```\n\n<!-- file: a.txt -->\n```text\nx\n```\n"
    )
    assert unseen(document) == []


@pytest.mark.parametrize(
    ("expected", "printed"),
    [("a ... c", "a b d"), ("a", "a b"), ("id: ...", "ID: 5"), ("a b", "ab"), ("", "something")],
)
def test_other_output_is_noticed(expected, printed):
    with pytest.raises(AssertionError):
        agree(expected, printed)


def test_sentence_that_opens_a_page_is_done(tmp_path):
    document = tmp_path / "page.md"
    document.write_text(
        "Open <http://127.0.0.1:5000/a>, press *Go*, and sign in as `a@b.test` with the\n"
        "password `two words`. So:\n\n```text\nHello\n```\n\n```sh\nOpen <http://127.0.0.1:5000/b>\n```\n"
    )
    found = examples(document)
    assert [each.language for each in found] == ["visit", "text", "sh"]
    assert read_visit(found[0].text) == Visit("http://127.0.0.1:5000/a", "Go", "a@b.test", "two words")
    assert printed_by(found[0], found[1]) == "Hello\n"
    assert unseen(document) == []


def test_command_that_fails_is_noticed(tmp_path, free_port):
    with Reader(tmp_path, free_port) as reader:
        reader.follow(Example("sh", "NAME=value\n", 1), None)
        reader.follow(Example("sh", 'echo "$NAME"\n', 1), "value")
        with pytest.raises(AssertionError, match="ended with 1"):
            reader.follow(Example("sh", "false\necho done\n", 1), None)
        with pytest.raises(AssertionError, match="no reason"):
            reader.follow(Example("sh", "true", 1, reason="too tired"), None)


@pytest.mark.parametrize(
    ("language", "text", "refused"),
    [
        ("json", "{", json.JSONDecodeError),
        ("toml", "port =", SettingsError),
        ("toml", "colour = 1", SettingsError),
        ("toml", "port = 0", SettingsError),
        ("ruby", "puts 1", AssertionError),
    ],
)
def test_bad_block_is_noticed(tmp_path, free_port, language, text, refused):
    with Reader(tmp_path, free_port) as reader, pytest.raises(refused):
        reader.follow(Example(language, text, 1), None)
