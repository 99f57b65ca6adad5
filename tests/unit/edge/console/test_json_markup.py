"""JSON as coloured HTML says what it says, and nothing in it becomes a tag."""

import json
import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from claimsmith.edge.console.json_markup import json_markup, name_markup

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_shown_is_the_value(value):
    markup = str(json_markup(value))
    tags = re.findall(r"<[^>]*>", markup)
    assert set(tags) <= {
        "</span>",
        *(f'<span class="json-{kind}">' for kind in ("name", "text", "number", "word")),
    }
    assert json.loads(unescape(re.sub(r"<[^>]*>", "", markup))) == value


def test_tags_in_texts_and_names_are_escaped():
    assert json_markup({"<b>": "</code><script>"}) == (
        '{<span class="json-name">&#34;&lt;b&gt;&#34;</span>: '
        '<span class="json-text">&#34;&lt;/code&gt;&lt;script&gt;&#34;</span>}'
    )
    assert name_markup("a") == '<span class="json-name">&#34;a&#34;</span>'


def test_long_values_are_indented_from_their_depth():
    value = {"first": "x" * 30, "second": [1, 2]}
    plain = re.sub(r"<[^>]*>", "", str(json_markup(value, 1)))
    assert unescape(plain) == ('{\n    "first": "' + "x" * 30 + '",\n    "second": [1, 2]\n  }')
