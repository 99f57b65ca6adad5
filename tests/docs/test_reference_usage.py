"""The page about usage, metrics and logs names what is counted and logged, and nothing else."""

import ast

import pytest
from prometheus_client import Counter, Histogram

from claimsmith.edge import metrics
from claimsmith.usecases.usage import FLUSH_SECONDS, LONGEST_SPAN_DAYS
from tests.docs.examples import ROOT
from tests.docs.test_reference_endpoints import named, rows, section_of, words
from tests.docs.test_reference_tokens import make_machine
from tests.endpoints.conftest import make_orders
from tests.support.platform import open_platform

PAGE = (ROOT / "docs/reference/usage-and-metrics.md").read_text(encoding="utf-8")
SOURCE = ROOT / "src/claimsmith"
LEVELS = {"exception": "error"}


@pytest.fixture
async def orders(tmp_path):
    async with open_platform(tmp_path) as opened, await opened.management() as management:
        yield await make_orders(opened, management)


def logged() -> set[tuple[str, str, frozenset[str]]]:
    """Return event, level and members of every line that the program writes."""
    return {
        (
            call.args[0].value,
            LEVELS.get(call.func.attr, call.func.attr),
            frozenset(keyword.arg for keyword in call.keywords) - {"request_id"},
        )
        for path in SOURCE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "log"
    }


def test_every_event_is_documented_with_level_and_members():
    documented = set()
    for event, level, members, _ in rows(section_of(PAGE, "Logs"), "event"):
        names = words(members)
        for one in ("path", "task") if "`path` or `task`" in members else (None,):
            kept = frozenset(names) if one is None else frozenset(names) - ({"path", "task"} - {one})
            documented.add((event.strip("`"), level.strip("`"), kept))
    assert documented == logged()


def test_every_metric_is_documented_with_type_and_labels():
    made = {}
    for each in vars(metrics).values():
        if isinstance(each, Counter):
            made[f"{each._name}_total"] = ("counter", list(each._labelnames))
        elif isinstance(each, Histogram):
            made[each._name] = ("histogram", list(each._labelnames))
    table = rows(section_of(PAGE, "Metrics"), "name")
    assert {words(row[0])[0]: (row[1], words(row[2])) for row in table} == made


async def test_areas_are_those_of_the_routes(orders):
    told = next(line for line in PAGE.splitlines() if line.startswith("`area` is the first part"))
    areas = [word for word in words(told) if word not in ("area", "/")]
    assert sorted(areas) == sorted(orders.opened.app._routes)


async def test_counted_reasons_are_exactly_those_documented(orders):
    management = orders.management
    body = {"name": "Other", "audience": "urn:other", "signing_algorithm": "ES256"}
    other = (await management.post("/api/v1/apis", json=body)).json()["api"]["id"]
    body = {"applications": [{"id": orders.client_id}]}
    await management.patch(f"/api/v1/apis/{other}/applications", json=body)
    assert (await orders.token()).status_code == 200
    for form in (
        {"client_secret": "wrong"},
        {"grant_type": "password"},
        {"audience": None},
        {"audience": "urn:unknown"},
        {"audience": ["https://api.orders.test", "urn:other"]},
        {"audience": [f"urn:{number}" for number in range(21)]},
        {"audience": None, "resource": "no-uri"},
        {"audience": None, "resource": "https://unknown.test"},
        {"scope": 'read:orders "'},
        {"scope": "delete:orders"},
    ):
        assert (await orders.token(**form)).status_code in (400, 401), form
    machine = await make_machine(orders)
    await machine.sent("PATCH", f"/organization/{machine.org_code}", {"is_suspended": True})
    assert (await orders.token(**machine.credentials)).status_code == 400
    assert (await orders.token(client_id="0" * 32)).status_code == 401
    days = (await management.get("/api/v1/usage")).json()["usage"]
    assert all(list(day) == named(section_of(PAGE, "Usage"), "member") for day in days)
    counted = {reason for day in days for reason in day["refused"]}
    assert counted == {words(row[0])[0] for row in rows(section_of(PAGE, "Usage"), "reason")}
    assert {day["application_id"]: day["issued"] for day in days}[orders.client_id] == 1


async def test_intervals_and_spans_are_those_of_the_code(orders):
    usage = section_of(PAGE, "Usage")
    assert f"every {FLUSH_SECONDS:g} seconds" in usage
    assert f"at most {LONGEST_SPAN_DAYS} days after the first" in usage
    path = "/api/v1/usage?to=2026-12-31&from="
    statuses = [
        (await orders.management.get(f"{path}{first}")).status_code for first in ("2025-11-26", "2025-11-25")
    ]
    assert statuses == [200, 400]


async def test_secrets_show_when_they_were_used(orders):
    path = f"/api/v1/applications/{orders.client_id}/secrets"
    assert (await orders.management.get(path)).json()["secrets"][0]["last_used_on"] is None
    assert (await orders.token()).status_code == 200
    await orders.opened.platform.usage.flush()
    assert (await orders.management.get(path)).json()["secrets"][0]["last_used_on"] is not None
