from datetime import UTC, datetime
from pathlib import Path

import httpx

from tests.support.command_line import CommandLine
from tests.support.server import RunningServer


def test_tokens_are_counted_per_application_and_day(tmp_path: Path):
    with RunningServer(tmp_path / "data") as server:
        made = server.bootstrap()["management"]
        form = {"grant_type": "client_credentials", **made}
        url = f"{server.base_url}/oauth2/token"
        codes = [httpx.post(url, data=form).status_code for _ in range(3)]
        codes.append(httpx.post(url, data={**form, "client_secret": "wrong"}).status_code)
        assert codes == [200, 200, 200, 401]
    cli = CommandLine(server.data)
    today = datetime.now(UTC).date().isoformat()
    [counted] = cli.json("usage", "--application", made["client_id"], "--to", today)
    reasons = counted.pop("refused")
    assert sum(reasons.values()) == 1
    assert counted == {
        "day": today,
        "application": "Management (bootstrap)",
        "application_id": made["client_id"],
        "issued": 3,
        "refused_count": 1,
    }
    assert cli.json("usage", "--from", "2020-01-01", "--to", "2020-01-31") == []
