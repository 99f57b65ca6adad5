// Read what a plan includes with @kinde/js-utils, as a page of an application does that holds an access token.
import {
  generatePortalUrl, getEntitlement, getEntitlements, has, MemoryStorage, PortalPage, setActiveStorage, StorageKeys,
} from "@kinde/js-utils";

const [step, given] = [process.argv[2], JSON.parse(process.argv[3])];
const storage = new MemoryStorage();
await storage.setSessionItem(StorageKeys.accessToken, given.token);
setActiveStorage(storage);

if (step === "entitlements") {
  console.log(JSON.stringify({
    all: await getEntitlements(),
    one: await getEntitlement(given.key),
    has: await has({ billingEntitlements: given.names }),
    lacks: await has({ billingEntitlements: ["Nothing"] }),
  }));
} else {
  const found = await generatePortalUrl({
    domain: given.issuer, returnUrl: given.return_url, subNav: PortalPage.organizationPlanDetails,
  });
  console.log(JSON.stringify({ url: found.url.href }));
}
