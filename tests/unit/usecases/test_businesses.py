"""A business owns environments and has a plan of its own."""

import pytest

from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound
from claimsmith.usecases import business_plans, businesses, environments
from tests.support.operator_plans import put_sample_in_force
from tests.support.platform import open_platform


async def test_plan_of_a_business_holds_for_its_environments_alone(tmp_path):
    async with open_platform(tmp_path) as opened:
        await put_sample_in_force(opened)
        platform = opened.platform
        with pytest.raises(InvalidInput):
            await businesses.add_business(platform, id="Two Words", name="Two")
        await businesses.add_business(platform, id="orchard", name="Orchard Ltd")
        with pytest.raises(AlreadyExists):
            await businesses.add_business(platform, id="orchard", name="Another")
        assert [each.id for each in await businesses.list_businesses(platform)] == ["default", "orchard"]

        issuer = "http://127.0.0.1:8000/orchard"
        with pytest.raises(NotFound, match="there are default, orchard"):
            await environments.add_environment(
                platform, code="o", name="O", issuer=issuer, business_id="nobody"
            )
        made = await environments.add_environment(
            platform, code="o", name="O", issuer=issuer, business_id="orchard"
        )
        await platform.directory.catch_up()
        assert (await business_plans.assign_plan(opened.context(made), "plus")).business_id == "orchard"
        assert (await business_plans.standing(opened.context(made))).version.plan_key == "plus"
        assert (await business_plans.standing(opened.context())).version.plan_key == "free"
