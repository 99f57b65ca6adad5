"""Every example of every document works."""

from itertools import zip_longest

import pytest

from tests.docs.examples import ROOT, Example, Reader, agree, documents, examples, printed_by

WITH_EXAMPLES = [document for document in documents() if examples(document)]


@pytest.mark.parametrize("document", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_work(document, tmp_path, free_port, postgres_url):
    found = examples(document)
    with Reader(tmp_path, free_port, POSTGRES_URL=postgres_url) as reader:
        for example, after in zip_longest(found, found[1:]):
            try:
                reader.follow(example, printed_by(example, after))
            except AssertionError as error:
                raise AssertionError(f"{document.name}, line {example.line}: {error}") from None


@pytest.mark.parametrize(
    ("expected", "printed"),
    [("a ... c", "a b d"), ("a", "a b"), ("id: ...", "ID: 5"), ("a b", "ab"), ("", "something")],
)
def test_other_output_is_noticed(expected, printed):
    with pytest.raises(AssertionError):
        agree(expected, printed)


def test_command_that_fails_is_noticed(tmp_path, free_port):
    with Reader(tmp_path, free_port) as reader:
        reader.follow(Example("sh", "NAME=value\n", 1), None)
        reader.follow(Example("sh", 'echo "$NAME"\n', 1), "value")
        with pytest.raises(AssertionError, match="ended with 1"):
            reader.follow(Example("sh", "false\necho done\n", 1), None)
        with pytest.raises(AssertionError, match="no reason"):
            reader.follow(Example("sh", "true", 1, reason="too tired"), None)
