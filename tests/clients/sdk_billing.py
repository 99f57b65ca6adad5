"""Sell plans with the server's own operations, then read everything with the SDK's billing classes."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from kinde_sdk.management import ManagementClient
from kinde_sdk.management import models as m

from tests.support.plans import FREE, PLUS


@dataclass
class Sale:
    """Give an organization a plan; `answers` are what the SDK's classes read."""

    client: ManagementClient
    http: httpx.Client
    answers: dict[str, Any] = field(default_factory=dict)

    def run(self) -> "Sale":
        """Make plans and a customer by HTTP, and do the rest with the SDK."""
        self._sell()
        request = m.CreateOrganizationRequest(name="Buyer")
        code = self.client.organizations_api.create_organization(request).organization.code
        self.customer = self._made("customers", {"org_code": code})["customer"]["id"]
        agreements, usage = self.client.billing_agreements_api, self.client.billing_meter_usage_api
        request = m.CreateBillingAgreementRequest(
            customer_id=self.customer, plan_code="plus", is_prorate=True, is_invoice_now=False
        )
        self.answers["agreed"] = agreements.create_billing_agreement(request)
        found = agreements.get_billing_agreements(self.customer)
        self.answers["agreements"] = found.agreements
        self.answers["without"] = agreements.get_billing_agreements(self.customer, feature_code="none")
        record = m.CreateMeterUsageRecordRequest(
            customer_agreement_id=found.agreements[0].id,
            billing_feature_code="calls",
            meter_value="5",
            meter_type_code="delta",
        )
        self.answers["metered"] = usage.create_meter_usage_record(record)
        ask = self.client.billing_entitlements_api.get_billing_entitlements
        self.answers["entitlements"] = ask(self.customer, expand="plans", max_value="7")
        self.answers["page"] = ask(self.customer, page_size=1)
        first = self.answers["page"].entitlements[0].id
        self.answers["rest"] = ask(self.customer, starting_after=first)
        self.answers["before"] = ask(self.customer, ending_before=first)
        return self

    def _sell(self) -> None:
        self._made("features", {"key": "calls", "name": "Calls", "is_metered": True})
        self._made("features", {"key": "sso", "name": "Single sign-on"})
        for key, contents in (("free", FREE), ("plus", PLUS)):
            self._made("plans", {"key": key, "name": key.title(), "contents": contents})
            self._made(f"plans/{key}/versions", {})

    def _made(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.http.post(f"/api/v1/billing/{path}", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()
