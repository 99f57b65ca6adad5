"""The wall refuses every statement that is not bound to one environment (U01-U06)."""

import pytest
from sqlalchemy import and_, bindparam, delete, exists, func, insert, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from claimsmith.storage import tables
from claimsmith.storage.questions import ENVIRONMENT, Question
from claimsmith.storage.wall import WallBreached, _check

APPS, SECRETS, PROFILES = tables.applications, tables.client_secrets, tables.token_profiles


def check(statement):
    _check(None, statement, (), {}, {})


UNBOUND = {
    "no condition": select(APPS),
    "another condition": select(APPS).where(APPS.c.id == "a"),
    "an update": update(APPS).where(APPS.c.id == "a").values(name="n"),
    "a delete": delete(APPS).where(APPS.c.id == "a"),
    "only one side of a join": select(APPS, SECRETS)
    .join(SECRETS, SECRETS.c.application_id == APPS.c.id)
    .where(APPS.c.environment_id == "e"),
    "an or": select(APPS).where((APPS.c.environment_id == "e") | (APPS.c.id == "a")),
    "a negation": select(APPS).where(APPS.c.environment_id != "e"),
    "a subquery": select(APPS).where(
        APPS.c.environment_id == "e", APPS.c.id.in_(select(SECRETS.c.application_id))
    ),
    "an exists": select(APPS).where(
        APPS.c.environment_id == "e", exists().where(SECRETS.c.application_id == APPS.c.id)
    ),
    "one part of a union": union_all(
        select(APPS.c.id).where(APPS.c.environment_id == "e"), select(SECRETS.c.id)
    ),
    "a count": select(func.count()).select_from(APPS),
}

BOUND = {
    "a table": select(APPS).where(APPS.c.environment_id == "e", APPS.c.id == "a"),
    "nested ands": select(APPS).where(and_(APPS.c.id == "a", and_(APPS.c.environment_id == "e"))),
    "a join over both": select(APPS, SECRETS)
    .join(
        SECRETS,
        and_(SECRETS.c.environment_id == APPS.c.environment_id, SECRETS.c.application_id == APPS.c.id),
    )
    .where(APPS.c.environment_id == "e"),
    "a chain of equalities": select(APPS.c.id)
    .join(SECRETS, SECRETS.c.environment_id == APPS.c.environment_id)
    .join(PROFILES, PROFILES.c.environment_id == SECRETS.c.environment_id)
    .where(PROFILES.c.environment_id == "e"),
    "an update": update(APPS).where(APPS.c.environment_id == "e").values(name="n"),
    "a delete": delete(APPS).where(APPS.c.environment_id == "e"),
    "the environments": select(tables.environments),
}


@pytest.mark.parametrize("name", UNBOUND)
def test_refuses_a_statement_without_its_environment(name):
    with pytest.raises(WallBreached):
        check(UNBOUND[name])


@pytest.mark.parametrize("name", BOUND)
def test_lets_a_bound_statement_pass(name):
    check(BOUND[name])


@pytest.mark.parametrize("name", UNBOUND)
def test_refuses_again_whatever_passed_before(name):
    """What passed is remembered by its structure; that lets nothing else pass."""
    for statement in BOUND.values():
        check(statement)
        check(statement)
    for _ in range(2):
        with pytest.raises(WallBreached):
            check(UNBOUND[name])


def test_same_structure_with_other_values_passes():
    for environment in ("e", "f", ""):
        check(select(APPS).where(APPS.c.environment_id == environment, APPS.c.id == environment))


def test_every_table_but_environments_and_what_stands_above_them_is_inside_the_wall():
    above = {"environments", "businesses", "business_agreement_events", "operator_plans"}
    for table in tables.metadata.tables.values():
        if table.name in above:
            continue
        assert "environment_id" in table.c, table.name
        assert "environment_id" in table.primary_key.columns, table.name
        for key in table.foreign_key_constraints:
            if key.referred_table.name != "environments":
                assert "environment_id" in key.column_keys, (table.name, key.column_keys)


OWN = bindparam(ENVIRONMENT)
QUESTIONS_UNBOUND = {
    "no condition": select(APPS),
    "a value written into it": select(APPS).where(APPS.c.environment_id == "e"),
    "a parameter of another name": select(APPS).where(APPS.c.environment_id == bindparam("given_other")),
    "two parameters": select(APPS, SECRETS).where(
        APPS.c.environment_id == OWN, SECRETS.c.environment_id == bindparam("given_other")
    ),
    "one part of a union": union_all(
        select(APPS.c.id).where(APPS.c.environment_id == OWN),
        select(SECRETS.c.id).where(SECRETS.c.environment_id == "e"),
    ),
    "a subquery": select(APPS).where(
        APPS.c.environment_id == OWN,
        exists().where(SECRETS.c.environment_id == bindparam("given_other")),
    ),
    "an update": update(APPS).where(APPS.c.environment_id == "e").values(name="n"),
    "a row of an environment written into it": insert(APPS).values(environment_id="e", id="a"),
    "a row of an environment of another name": insert(APPS).values(
        environment_id=bindparam("given_other"), id="a"
    ),
    "a row that a query makes": insert(APPS).from_select(["id"], select(APPS.c.id)),
}


@pytest.mark.parametrize("name", QUESTIONS_UNBOUND)
def test_refuses_a_question_that_is_not_bound_to_who_asks(name):
    with pytest.raises(WallBreached):
        Question(QUESTIONS_UNBOUND[name]).form(sqlite.dialect())


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect(paramstyle="numeric_dollar")])
def test_no_value_of_a_question_stands_in_for_the_environment_that_asks(dialect):
    question = Question(select(APPS.c.id).where(APPS.c.environment_id == OWN, APPS.c.id == bindparam("id")))
    values = {"id": "a", ENVIRONMENT: "another", "environment_id": "another"}
    assert question.form(dialect).arguments("one", values) == ["one", "a"]
