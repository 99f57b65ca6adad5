"""Check that each issuer is reached under its own name, and that its clock is this machine's."""

import time
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime

import httpx

from claimsmith.cli.doctor_database import clock_finding
from claimsmith.cli.doctor_findings import Finding
from claimsmith.domain.environments import Environment

TIMEOUT_SECONDS = 5.0


def check_issuers(environments: Sequence[Environment], only: str | None) -> Iterator[Finding]:
    """Read the metadata of each issuer, or of one environment's, as a client would."""
    for environment in environments:
        if only in (None, environment.code):
            yield from _check(environment)


def _check(environment: Environment) -> Iterator[Finding]:
    name = f"issuer of {environment.code}"
    url = f"{environment.issuer}/.well-known/openid-configuration"
    try:
        answer = httpx.get(url, timeout=TIMEOUT_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        # An issuer that follows the listening address is merely not running; one that was set is promised.
        yield Finding(
            name,
            "warn" if environment.issuer_is_derived else "fail",
            f"{url} does not answer: {str(error) or type(error).__name__}.",
            "Start the server, or see to DNS, TLS and the proxy in front of it.",
        )
        return
    yield _judged(name, environment, url, answer)
    date = answer.headers.get("date")
    if date:
        # The header has whole seconds, so half a second is the fairest guess at what was cut off.
        seconds = time.time() - parsedate_to_datetime(date).timestamp() - 0.5
        yield clock_finding(f"clock and issuer of {environment.code}", seconds, "the issuer's")


def _judged(name: str, environment: Environment, url: str, answer: httpx.Response) -> Finding:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code != httpx.codes.OK or not isinstance(body, dict):
        return Finding(
            name,
            "fail",
            f"{url} answers {answer.status_code} and no metadata.",
            "Another program answers there, or the proxy does not pass the Host header on.",
        )
    if body.get("issuer") != environment.issuer:
        return Finding(
            name,
            "fail",
            f"{url} names the issuer {body.get('issuer')!r}, not {environment.issuer!r}.",
            "Start the server with --issuer, and let the proxy pass the Host header on.",
        )
    return Finding(name, "ok", f"{environment.issuer} answers under its own name.")
