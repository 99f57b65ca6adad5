"""The reference documents say what the code says."""

import re

import pytest

from claimsmith.claims.pipeline import SOURCES
from claimsmith.edge import metrics
from claimsmith.edge.management.token_profiles import PreviewBody, ProfileBody
from claimsmith.edge.oauth.metadata import openid_metadata
from claimsmith.usecases.health import check_readiness
from tests.docs.examples import ROOT
from tests.support.platform import open_platform
from tests.support.reference_documents import DOCUMENTS, FOLDER


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_document_follows_from_the_code(name):
    assert text_of(name) == DOCUMENTS[name](), "run: .venv/bin/python -m tests.support.reference_documents"


async def test_every_member_of_the_metadata_is_explained(tmp_path):
    async with open_platform(tmp_path) as opened:
        members = openid_metadata(opened.platform.directory.runtimes[0])
        checks = await check_readiness(opened.platform)
    document = text_of("endpoints.md")
    assert [name for name in (*members, *checks) if f"`{name}`" not in document] == []


def test_every_claim_source_is_explained():
    document = text_of("tokens.md")
    assert [name for name, _ in SOURCES if f"`{name}`" not in document] == []


def test_every_member_of_a_profile_and_a_preview_is_explained():
    document = text_of("token-profiles.md")
    answer = (
        "header",
        "claims",
        "size_bytes",
        "bytes_by_claim",
        "budget_bytes",
        "trace",
        "omitted",
        "diff",
        "needs",
    )
    names = [*ProfileBody.model_fields, *PreviewBody.model_fields, *answer]
    assert [name for name in names if f"`{name}`" not in document] == []


def test_every_metric_is_explained():
    document = text_of("usage-and-metrics.md")
    made = {
        value._name
        for value in vars(metrics).values()
        if hasattr(value, "_name") and hasattr(value, "collect")
    }
    assert made
    assert [name for name in made if name not in document] == []


def test_every_error_code_is_listed():
    source = (ROOT / "src/claimsmith/oauth/errors.py").read_text()
    codes = set(re.findall(r'error(?:: str)? = "([a-z_]+)"', source))
    assert codes
    document = text_of("endpoints.md")
    assert sorted(code for code in codes if f"`{code}`" not in document) == []
