"""Write log lines: one form for the program and for what it is built on, and no secret in any of them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, TextIO

import orjson
import structlog

from claimsmith.settings import Settings

MASK = "***"

_SECRET_KEYS = ("secret", "token", "password", "authorization", "cookie")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*")
_PAIR = re.compile(
    r"((?:client_secret|client_assertion|access_token|refresh_token|id_token|password|assertion|token)"
    r"[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;}]+",
    re.IGNORECASE,
)
_PAIR_WORDS = ("secret", "assertion", "token", "password")
"""One of these is in whatever `_PAIR` finds."""
_CREDENTIAL = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s/@]+@", re.IGNORECASE)


def set_up_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Send all logging of this process to `stream` (stderr) in the form the settings ask for.

    `auto` is coloured lines on a terminal and JSON elsewhere. What the standard library's logging is given,
    such as the HTTP server's lines, takes the same form.
    """
    stream = stream or sys.stderr
    form = settings.log_format
    if form == "auto":
        form = "console" if stream.isatty() else "json"
    level = getattr(logging, settings.log_level.upper())
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    _structured(before, level)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_drop_color_message, *before],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                _renderer(form, colors=stream.isatty()),
            ],
        )
    )
    _ask_nothing_more()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(max(level, logging.INFO))
    # The HTTP client of some commands would otherwise log addresses with their query.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _ask_nothing_more() -> None:
    """Keep the standard library from finding out what no line shows: file, thread and process."""
    logging._srcfile = None  # as its documentation says under Optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _structured(before: list[structlog.typing.Processor], level: int) -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _renderer(form: str, *, colors: bool) -> structlog.typing.Processor:
    if form == "console":
        return structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback, pad_event_to=20
        )
    return structlog.processors.JSONRenderer(serializer=_json)


def _json(event: dict[str, Any], **_: Any) -> str:
    first = {key: event[key] for key in ("timestamp", "level", "event") if key in event}
    return orjson.dumps({**first, **event}, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _drop_color_message(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event.pop("color_message", None)
    record = event.get("_record")
    if record is not None:
        event.setdefault("event", record.getMessage())
    return event


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask what must not be logged: the values of telling keys, and tokens and secrets inside any text.

    It runs last before a line is written, so nothing that was added on the way escapes it.
    """
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: object, value: Any) -> Any:
    if value is not None and isinstance(key, str) and _is_telling(key):
        return MASK
    if isinstance(value, str):
        return _masked_text(value)
    if isinstance(value, bytes | bytearray):
        return _masked_text(bytes(value).decode("utf-8", "replace"))
    if isinstance(value, dict):
        return {inner: _masked(inner, each) for inner, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(None, each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _masked_text(str(value))


def _masked_text(text: str) -> str:
    if len(text) < 8:
        return text
    # Most texts hold none of these, and looking for a word takes a tenth of looking for a pattern.
    if "eyJ" in text:
        text = _JWT.sub(MASK, text)
    lowered = text.casefold()
    if any(word in lowered for word in _PAIR_WORDS):
        text = _PAIR.sub(rf"\1{MASK}", text)
    if "bearer" in lowered or "basic" in lowered:
        text = _CREDENTIAL.sub(rf"\1 {MASK}", text)
    return _URL_PASSWORD.sub(rf"\1:{MASK}@", text) if "://" in text else text


@lru_cache(1_024)
def _is_telling(key: str) -> bool:
    lowered = key.lower()
    return any(word in lowered for word in _SECRET_KEYS)
