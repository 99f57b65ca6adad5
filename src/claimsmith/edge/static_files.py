"""Serve the console's style sheets, ES modules and images from memory.

Only files that are there at the start can be asked for, so no path leads anywhere else. An address with the
file's own fingerprint (`?v=`) may be kept for a year; any other for five minutes.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """Hold one file; `fingerprint` changes with its content."""

    content: bytes
    media_type: str
    fingerprint: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Return every static file by its name."""
    return {path.name: _read(path) for path in sorted(_FOLDER.iterdir()) if path.is_file()}


def static_address(name: str) -> str:
    """Return the path of a file, with its fingerprint. Raises `KeyError` for a file that is not there."""
    return f"/static/{name}?v={static_files()[name].fingerprint}"


async def static_file(request: Request) -> Response:
    """Answer with one file."""
    file = static_files().get(request.path_params["name"])
    if file is None:
        return PlainTextResponse("There is no such file.", 404)
    is_named = request.query_params.get("v") == file.fingerprint
    headers = {
        "ETag": f'"{file.fingerprint}"',
        "Cache-Control": "public, max-age=31536000, immutable" if is_named else "public, max-age=300",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(file.content, 200, headers, file.media_type)


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(content, media_type, hashlib.sha256(content).hexdigest()[:16])
