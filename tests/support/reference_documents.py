"""Write the reference documents that follow from the code: `python -m tests.support.reference_documents`.

`tests/docs` fails while a document differs from what is written here.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from claimsmith.cli.commands import ALL_SHARED, EXAMPLE, PANEL
from claimsmith.cli.program import app as command_line
from claimsmith.edge.management.api import openapi_document
from claimsmith.settings import PREFIX, Settings
from claimsmith.storage.database_url import PARAMETERS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
RULE = "Follows from the code; to write it anew: `.venv/bin/python -m tests.support.reference_documents`."


def settings_document() -> str:
    """Return the table of settings."""
    options = {parameter.name: parameter.opts[0] for parameter in _serve().params}
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default is None or default == () else f"`{default}`"
        given = f"`{options[name]}`" if name in options else ""
        variable = f"`{PREFIX}{name.upper()}`"
        rows.append(f"| `{name}` | {variable} | {given} | {shown} | {field.description} |")
    return "\n".join([_SETTINGS_HEAD.rstrip(), *rows, "", _SETTINGS_TAIL, RULE, ""])


_SETTINGS_HEAD = """\
# Settings

A setting is read once, when a process starts. An option of the command line outranks a variable of the
environment, that outranks the TOML file, that outranks the default. A name that is no setting stops the
start.

The TOML file is named by `--config` or `CLAIMSMITH_CONFIG`; its keys are the names of the first column.

| name | variable | option of `serve` | default | meaning |
|---|---|---|---|---|
"""
_SETTINGS_TAIL = (
    """\
Durations are in seconds. `trusted_proxies` and `outbound_allow` are lists in TOML and separated by commas
in the environment. `log_format` `auto` means `console` on a terminal and `json` elsewhere. The master key is
made in `{data}/master.key` (mode 0600) when neither `master_key` nor `master_key_file` is set.

`database_url` is `postgresql://user:password@host:5432/database` (or `postgres://...`), where the
characters `: / ? # @ %` of the password are written as `%3A %2F %3F %23 %40 %25`. A Unix socket is
`postgresql://user@/database?host=/run/postgresql`. After `?` may stand: """
    + ", ".join(f"`{name}`" for name in PARAMETERS)
    + """.
Nothing else is a database URL: SQLite is used when there is none, in `{data}/claimsmith.db`.

The [plans](../how-to/define-plans.md) of `plans_file` hold for every process of the installation from the
start of a server on; a server that starts without a plans file puts none in force. A command that is given
one does the same, and without one follows what is in force.

The issuer of the default environment is fixed by the first `--issuer`. Until there is one, it follows
host and port. An issuer is an `https` URL, or `http` on a loopback address; it may have a path.

Addresses that others chose, such as where a back end wants to hear of a sign-out, are called over TLS on
port 443 or 8443, and only on the public internet. `outbound_allow` lists what else may be called, on any
port and without TLS too: networks (`10.0.0.0/8`), addresses, host names (`hooks.internal`, each name by
itself). `outbound_ca_file` takes the place of the authorities that the machine trusts.

"""
)


def _serve() -> Any:
    return typer.main.get_command(command_line).get_command(None, "serve")  # type: ignore[attr-defined]


def cli_document() -> str:
    """Return every command with its arguments and options."""
    lines = [_CLI_HEAD]
    root = typer.main.get_command(command_line)
    for path, command in _commands(root, ()):
        shared = [each for each in command.params if getattr(each, "rich_help_panel", None) == PANEL]
        if hasattr(command, "list_commands"):
            lines += [
                f"## `claimsmith {' '.join(path)} ...`",
                "",
                _prose(command.help),
                "",
                *_example(command),
            ]
            continue
        own = [each for each in command.params if each not in shared and each.name != "help"]
        arguments = [each for each in own if each.param_type_name == "argument"]
        options = [each for each in own if each.param_type_name == "option"]
        usage = " ".join([*path, *(f"{{{each.name}}}" for each in arguments)])
        lines += [f"## `claimsmith {usage}`", "", _prose(command.help), "", *_example(command)]
        if len(shared) < len(ALL_SHARED):
            taken = ", ".join(f"`{each.opts[0]}`" for each in shared)
            lines += [f"Of the shared options it takes: {taken}.", ""]
        rows = [_option_row(each) for each in (*arguments, *options)]
        if rows:
            lines += ["| | needed | default | meaning |", "|---|---|---|---|", *rows, ""]
    return "\n".join([*lines, RULE, ""])


_CLI_HEAD = """\
# Command line

These options are shared; a command takes all of them unless it says which: `--data DIR` (directory of the
database and the master key), `--database-url URL` (PostgreSQL; one with a password is better given as
`CLAIMSMITH_DATABASE_URL`), `--config FILE` (TOML file with settings), `--environment CODE` (else the
default one), `--json` (for a script). [Settings](settings.md) may also come from variables of the
environment.

`serve`, `demo`, `bootstrap` and `migrate` make an installation where there is none. Every other command
refuses a directory without one, or without its master key, and makes nothing.

| exit code | means |
|---|---|
| 0 | Done. `serve` and `demo`: they were asked to stop. `doctor`: no check fails; warnings do not count. |
| 1 | Refused or failed; the last line on standard error begins with `Error:` and says why. |
| 2 | The command line itself was wrong: a command, argument or option is none, or is missing. |

What failed before anything was done prints nothing on standard output. `doctor` prints what it found and ends
with 1 when a check fails; `serve` ends with 1 when one of its processes could not start, and its log says
why.

Commands that change something work beside a running server, which follows within a second.
"""


def _commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        yield (*path, name), command
        if hasattr(command, "list_commands"):
            yield from _commands(command, (*path, name))


def _example(command: Any) -> list[str]:
    if not command.epilog:
        return []
    return [f"For example: `{command.epilog.removeprefix(EXAMPLE)}`", ""]


def _prose(text: str | None) -> str:
    return re.sub(r"(?<!\n)\n(?!\n)", " ", (text or "").strip()).replace("|", "\\|")


def _option_row(parameter: Any) -> str:
    name = f"`{{{parameter.name}}}`" if parameter.param_type_name == "argument" else f"`{parameter.opts[0]}`"
    default = parameter.default
    shown = "" if default in (None, False, ()) or callable(default) else f"`{default}`"
    return f"| {name} | {'yes' if parameter.required else ''} | {shown} | {_prose(parameter.help)} |"


def management_document(openapi: dict[str, Any]) -> str:
    """Return every operation of an OpenAPI document, by its tag."""
    by_tag: dict[str, list[str]] = {}
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            body = _body_members(openapi, operation)
            query = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"]
            takes = ", ".join([*(f"`{name}`" for name in body), *(f"`?{name}`" for name in query)])
            row = (
                f"| `{method.upper()} {path}` | `{operation['x-scope']}` | {takes} | "
                f"{_prose(operation.get('description') or operation['summary']).splitlines()[0]} |"
            )
            by_tag.setdefault(operation["tags"][0], []).append(row)
    lines = [_MANAGEMENT_HEAD]
    for tag, rows in by_tag.items():
        head = "| operation | scope | takes | does |"
        lines += [f"## {tag}", "", head, "|---|---|---|---|", *rows, ""]
    return "\n".join([*lines, _MANAGEMENT_TAIL, RULE, ""])


_MANAGEMENT_TAIL = """\
## Not served

Of what the platform can do about users, roles, permissions, members, invitations, sessions, second factors,
passkeys and identities:

| not served | why |
|---|---|
| `GET /api/v1/organizations/{org_code}/roles/{role_id}/active_users/count` | it counts users who were \
given a token within a time; no row is written for each token, so nobody could tell |
"""


_MANAGEMENT_HEAD = """\
# Management API

Base: `{issuer}/api/v1`. The OpenAPI 3.1 document is at `{issuer}/api/v1/openapi.json`; it describes bodies
and answers, so that clients can be generated from it.

**Who may call.** Send `Authorization: Bearer` with a token of this very server whose audience is
`{issuer}/api`, and which carries the operation's scope. `claimsmith bootstrap` makes an application that
has all of them. Whether the application still holds the scope is looked up on each call, so a right that
was taken away is gone at once.

**Answers.** A success is JSON with `code`, `message` and the object beside them, or what the platform's
clients expect in its place. Refusals are `{"errors": [{"code", "message"}]}`, with `field` when one
member of the body is at fault: 400 for a value that cannot be, 401 without a good token, 403 without the
scope, 404 for what is not in this environment, 409 for what is there already, 412 when `If-Match` names
an older version, 503 (with `Retry-After`) while the database does not answer.

**Lists.** `page_size` (1 to 500, else 10) and `next_token` from the answer before; there is no
`next_token` on the last page. Where the platform knows `starting_after` and `ending_before`, they are
ids.

**Bodies** are JSON with exact types. A member that the operation does not know is refused.
"""


def _body_members(openapi: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if not content:
        return []
    schema = content["schema"]
    for wrapped in ("anyOf", "allOf", "oneOf"):
        schema = next((each for each in schema.get(wrapped, ()) if "$ref" in each), schema)
    if "$ref" in schema:
        schema = openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    required = set(schema.get("required", ()))
    return [f"{name}{'' if name in required else '?'}" for name in schema.get("properties", ())]


DOCUMENTS: dict[str, Callable[[], str]] = {
    "settings.md": settings_document,
    "cli.md": cli_document,
    "management-api.md": lambda: management_document(openapi_document("https://id.example.com")),
}


def main() -> int:
    """Write the documents."""
    for name, make in DOCUMENTS.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
