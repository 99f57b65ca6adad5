"""Name what is counted for Prometheus. Labels never hold a client, a user or an address."""

from prometheus_client import Counter, Histogram

TOKENS_ISSUED = Counter("claimsmith_tokens_issued", "Tokens issued by the token endpoint.")
TOKENS_REFUSED = Counter("claimsmith_tokens_refused", "Token requests refused, by OAuth error.", ["error"])
TOKENS_OVER_BUDGET = Counter(
    "claimsmith_tokens_over_budget", "Tokens issued that were longer than their profile's size budget."
)
REQUESTS = Counter(
    "claimsmith_http_requests",
    "Requests other than successful token requests, by area and status class.",
    ["area", "status"],
)
REQUEST_SECONDS = Histogram(
    "claimsmith_http_request_seconds", "Time to answer requests other than token requests.", ["area"]
)
