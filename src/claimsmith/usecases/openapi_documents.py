"""Read an uploaded OpenAPI document: bytes in, a mapping out, and nothing but `InvalidInput` otherwise.

YAML is read from PyYAML's event stream, never through its constructors, so no tag can make an object and no
nesting can exhaust the stack. Only `null`, `true` and `false` are typed; numbers and dates stay the text that
was written (`version: 1.10` stays `1.10`). Anchors are allowed within limits that no honest document meets.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NoReturn

import orjson
import yaml
from yaml.reader import Reader

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.uris import shown

LARGEST_FILE_BYTES = 20 * 1024 * 1024
LARGEST_NUMBER_OF_NODES = 1_000_000
DEEPEST_NESTING = 100
MOST_ALIASES = 1_000
MOST_NODES_BY_ALIAS = 100_000

_SUFFIXES = (".json", ".yaml", ".yml")
_SURROGATE = re.compile("[\ud800-\udfff]")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_PLAIN_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_KNOWN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "null", "bool", "map", "seq"))


def parse_openapi_document(filename: str, content: bytes) -> Mapping[str, Any]:
    """Return the mapping at the top of an uploaded `.json`, `.yaml` or `.yml` file of at most 20 MiB.

    The text is UTF-8, with or without a byte order mark, of at most a million values; in JSON every `{`, `[`
    and `,` counts as one. Raises `InvalidInput` (field `file`), with the line for a fault of syntax, for
    everything that is not one document with unique keys and bounded nesting. A large YAML file keeps the
    processor busy for seconds: call this outside the event loop.
    """
    suffix = PurePosixPath(filename).suffix.lower() if isinstance(filename, str) else ""
    if suffix not in _SUFFIXES:
        _refuse(
            f"The file name is {shown(filename)}; upload a file whose name ends in .json, .yaml or .yml.",
            "FILE_TYPE_INVALID",
        )
    if len(content) > LARGEST_FILE_BYTES:
        _refuse(
            f"The file has {len(content)} bytes; {LARGEST_FILE_BYTES} is the most. Split the document.",
            "FILE_TOO_LARGE",
        )
    text = _decoded(content)
    if not text.strip():
        _refuse("The file is empty; upload an OpenAPI 3.x or Swagger 2.0 document.")
    document = _parsed_json(text) if suffix == ".json" else _parsed_yaml(text)
    if not isinstance(document, dict):
        _refuse("The file does not hold an object at its top; upload an OpenAPI 3.x or Swagger 2.0 document.")
    return document


def _decoded(content: bytes) -> str:
    try:
        return bytes(content).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = bytes(content[: error.start]).count(b"\n") + 1
        _refuse(f"The file is not UTF-8 at line {line}; save it as UTF-8 and upload it again.")


def _parsed_json(text: str) -> object:
    if sum(map(text.count, "{[,")) > LARGEST_NUMBER_OF_NODES:
        _refuse_number()
    try:
        document: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        _refuse(
            f"The file is not JSON at line {error.lineno}, column {error.colno}: {error.msg}. Correct it."
        )
    _check_nesting(document)
    _check_repeated_members(text)
    return document


def _check_nesting(document: object) -> None:
    level: list[Any] = [document] if isinstance(document, dict | list) else []
    for _ in range(DEEPEST_NESTING):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    if level:
        _refuse_nesting()


def _check_repeated_members(text: str) -> None:
    """Read the JSON a second time for repeated member names, of which the fast reader keeps the last."""

    def members(pairs: list[tuple[str, object]]) -> None:
        names: set[str] = set()
        for name, _ in pairs:
            if name in names:
                _refuse_repeated(name)
            names.add(name)

    def number(_digits: str) -> int:
        return 0

    try:
        json.loads(text, object_pairs_hook=members, parse_int=number, parse_float=number)
    except (json.JSONDecodeError, RecursionError):
        _refuse("The file is not JSON that every reader takes alike; check it with a JSON validator.")


@dataclass(slots=True)
class _Open:
    """Hold one YAML collection that is being read. `key` is the member whose value comes next."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    nodes_before: int
    depth: int = 1
    key: str | None = None


@dataclass(slots=True)
class _Anchored:
    """Hold the value an anchor names, with the nodes in it and the levels below and including it."""

    value: object
    nodes: int
    depth: int


@dataclass(slots=True)
class _YamlBuilder:
    """Build a document from YAML events without recursion, counting what it costs."""

    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Anchored] = field(default_factory=dict)
    documents: list[object] = field(default_factory=list)
    nodes: int = 0
    aliases: int = 0
    nodes_by_alias: int = 0

    def take(self, event: Any) -> None:
        """Take the next event; raises `InvalidInput` at the first one that is not allowed."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._count()
            self._put(self._scalar(event, line), event.anchor, line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event, line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close(line)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor, line)
        elif isinstance(event, yaml.DocumentStartEvent) and self.documents:
            _refuse(f"Line {line} begins a second document; upload one document.")

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > LARGEST_NUMBER_OF_NODES:
            _refuse_number()

    def _scalar(self, event: Any, line: int) -> str | bool | None:
        _check_tag(event.tag, line)
        text: str = event.value
        if event.tag in (None, "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null") and not event.style:
            if text in _PLAIN:
                return None
            if text in _PLAIN_BOOLEANS:
                return _PLAIN_BOOLEANS[text]
        if _SURROGATE.search(text):
            _refuse(f"Line {line} holds a surrogate, which is no character; remove it.")
        return text

    def _open(self, event: Any, line: int) -> None:
        _check_tag(event.tag, line)
        self._count()
        if len(self.stack) >= DEEPEST_NESTING:
            _refuse_nesting(line)
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            _refuse(f"Line {line} uses a collection as a key; keys are texts.")
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(value, event.anchor, self.nodes - 1))

    def _close(self, line: int) -> None:
        done = self.stack.pop()
        if done.anchor:
            self.anchors[done.anchor] = _Anchored(done.value, self.nodes - done.nodes_before, done.depth)
        self._put(done.value, None, line, done.depth)

    def _alias(self, anchor: str | None, line: int) -> None:
        target = self.anchors.get(anchor or "")
        if target is None:
            _refuse(
                f"Line {line} refers to the alias {shown(anchor)} before its value ends; write the value out."
            )
        self.aliases += 1
        self.nodes_by_alias += target.nodes
        self.nodes += target.nodes
        if self.aliases > MOST_ALIASES or self.nodes_by_alias > MOST_NODES_BY_ALIAS:
            _refuse(f"Line {line} uses one alias too many, {shown(anchor)}; write the values out.")
        if len(self.stack) + target.depth > DEEPEST_NESTING:
            _refuse_nesting(line)
        self._put(target.value, None, line, target.depth)

    def _put(self, value: object, anchor: str | None, line: int, depth: int = 0) -> None:
        if anchor:
            self.anchors[anchor] = _Anchored(value, 1, 0)
        if not self.stack:
            self.documents.append(value)
            return
        parent = self.stack[-1]
        parent.depth = max(parent.depth, depth + 1)
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is None:
            parent.key = self._checked_key(value, parent.value, line)
        else:
            parent.value[parent.key] = value
            parent.key = None

    @staticmethod
    def _checked_key(key: object, members: dict[str, Any], line: int) -> str:
        if not isinstance(key, str):
            _refuse(f"Line {line} has a key that is not a text; put it in quotes.")
        if key in members:
            _refuse_repeated(key, line)
        return key


def _check_tag(tag: str | None, line: int) -> None:
    if tag not in (None, "!") and tag not in _KNOWN_TAGS:
        _refuse(f"Line {line} has the YAML tag {shown(tag)}; remove the tag.")


def _parsed_yaml(text: str) -> object:
    unprintable = Reader.NON_PRINTABLE.search(text)
    if unprintable:
        line = text.count("\n", 0, unprintable.start()) + 1
        _refuse(f"Line {line} holds the character U+{ord(unprintable.group()):04X}; remove it.")
    builder = _YamlBuilder()
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}" if mark else "an unknown line"
        _refuse(f"The file is not YAML at {where}: {error.problem or error.context}. Correct it.")
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        _refuse("The file is not YAML; check it with a YAML validator.")
    return builder.documents[0] if builder.documents else None


def _refuse_nesting(line: int | None = None) -> NoReturn:
    where = f"At line {line} the file" if line else "The file"
    _refuse(f"{where} is nested deeper than {DEEPEST_NESTING} levels; flatten it.")


def _refuse_number() -> NoReturn:
    _refuse(
        f"The file holds more than {LARGEST_NUMBER_OF_NODES} values; split the document.", "FILE_TOO_LARGE"
    )


def _refuse_repeated(name: str, line: int | None = None) -> NoReturn:
    where = f"Line {line}" if line else "An object of the file"
    _refuse(f"{where} has the key {shown(name)} a second time; keep one of them.")


def _refuse(message: str, code: str = "FILE_INVALID") -> NoReturn:
    raise InvalidInput(message, field="file", code=code)
