"""Hold the compiled views of every environment and of the clients in use, and throw away what is stale.

Reading a view needs no database in the steady state. A change made in this process throws views away before
it is acknowledged; changes made elsewhere arrive through `catch_up`, which runs several times a second. When
the database has not answered for `FRESH_SECONDS`, nothing cached is trusted any more.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from claimsmith.crypto.jwt_verification import TokenRejected, verify_jwt
from claimsmith.crypto.keyring import KeyRing
from claimsmith.crypto.sealing import Sealer
from claimsmith.domain.changes import Change
from claimsmith.domain.environments import Environment, loopback_spellings, split_issuer
from claimsmith.domain.views import EnvironmentView
from claimsmith.oauth.live_client import LiveClient
from claimsmith.storage.database import Database
from claimsmith.storage.environments import EnvironmentStore
from claimsmith.storage.views import client_view, environment_view
from claimsmith.usecases.keys import open_keyring

FRESH_SECONDS = 5.0
MOST_CLIENTS = 1_000
_ACCEPTED_TYPES = frozenset({"JWT", "at+jwt"})
_HINT_TYPES = frozenset({"JWT"})

ONE_CLIENT = frozenset({"application"})
ONE_ORGANIZATION = frozenset({"organization"})
NOTHING = frozenset(
    {
        "feature",
        "invitation",
        "membership",
        "plan",
        "plan_group",
        "pricing_table",
        "property_category",
        "scope_import",
        "user",
    }
)
"""What no view is made from. Plan versions are in views, and never change."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Hold one environment as the running process knows it.

    `prefix` is the path under which it is served, without a trailing slash.
    """

    view: EnvironmentView
    keys: KeyRing
    host: str
    prefix: str

    @property
    def id(self) -> str:
        """Return the environment's id."""
        return self.view.environment.id

    @property
    def environment(self) -> Environment:
        """Return the environment."""
        return self.view.environment

    @property
    def issuer(self) -> str:
        """Return the issuer URL."""
        return self.view.environment.issuer

    def verify(self, token: str, now: float) -> Mapping[str, Any] | None:
        """Return the claims of an unexpired token that this environment signed, or `None`."""
        try:
            return verify_jwt(token, self.keys, now=now, issuer=self.issuer, typ=_ACCEPTED_TYPES)
        except TokenRejected:
            return None

    def verify_hint(self, token: str, now: float) -> Mapping[str, Any] | None:
        """Return the claims of a token that this environment signed, expired or not, or `None`.

        They say who somebody was, and are no proof of anything now (OpenID Connect Core §3.1.2.1).
        """
        try:
            return verify_jwt(
                token, self.keys, now=now, issuer=self.issuer, typ=_HINT_TYPES, check_expiry=False
            )
        except TokenRejected:
            return None


class Directory:
    """Find environments by address and clients by id."""

    def __init__(self, database: Database, sealer: Sealer, now: Callable[[], datetime]) -> None:
        """Take the parts that loading needs; `start` reads the environments."""
        self._database = database
        self._sealer = sealer
        self._now = now
        self._runtimes: dict[str, Runtime] = {}
        self._by_host: dict[str, list[Runtime]] = {}
        self._known: dict[str, int] = {}
        self._clients: OrderedDict[tuple[str, str], LiveClient] = OrderedDict()
        self._by_organization: dict[tuple[str, str], set[str]] = {}
        self._epochs: dict[str, int] = {}
        self._stale: set[str] = set()
        self._reloading = asyncio.Lock()
        self._checked_at = float("-inf")
        self.generation = 0
        """Rises when something that was current no longer is; not when a client makes room for another."""
        database.on_commit(self.forget)

    async def start(self) -> None:
        """Read every environment. Raises `Unavailable` when the database does not answer."""
        await self._reload(None)
        self._checked_at = time.monotonic()

    @property
    def runtimes(self) -> Sequence[Runtime]:
        """Return every environment, the default one first."""
        return list(self._runtimes.values())

    def is_fresh(self) -> bool:
        """Tell whether the database was asked for changes within the last five seconds."""
        return time.monotonic() - self._checked_at < FRESH_SECONDS

    def resolve(self, host: str, path: str) -> Runtime | None:
        """Return the environment whose issuer has this host and the longest prefix of this path."""
        for runtime in self._by_host.get(host) or self._by_host.get(host.lower()) or ():
            if not runtime.prefix or path == runtime.prefix or path.startswith(runtime.prefix + "/"):
                return runtime
        return None

    async def current(self, environment_id: str) -> Runtime | None:
        """Return one environment with everything that was changed in it by now."""
        if environment_id in self._stale:
            await self._reload(environment_id)
        return self._runtimes.get(environment_id)

    def needs_reload(self, environment_id: str) -> bool:
        """Tell whether `current` would have to read the database."""
        return environment_id in self._stale

    def cached(self, environment_id: str, client_id: str) -> LiveClient | None:
        """Return a client whose view is current, or `None` when it must be loaded."""
        if environment_id in self._stale or time.monotonic() - self._checked_at >= FRESH_SECONDS:
            return None
        return self._clients.get((environment_id, client_id))

    async def find(self, environment_id: str, client_id: str) -> LiveClient | None:
        """Return a client as it is now, read from the database if need be; `None` when there is none."""
        return self.cached(environment_id, client_id) or await self.load(environment_id, client_id)

    async def load(self, environment_id: str, client_id: str) -> LiveClient | None:
        """Read a client from the database, now, and keep it unless it changed while it was read.

        One that is cached and turns out to be the same stays, with all that was worked out from it: whoever
        sends wrong secrets cannot empty the cache.
        """
        runtime = await self.current(environment_id)
        if runtime is None:
            return None
        epoch = self._epochs.get(environment_id, 0)
        async with self._database.reading(environment_id) as work:
            view = await client_view(work, runtime.view, client_id)
        key = (environment_id, client_id)
        if view is None:
            self._drop(key)
            return None
        known = self._clients.get(key)
        if known is not None and known.view == view:
            return known
        self._drop(key)
        client = LiveClient(view)
        if self._epochs.get(environment_id, 0) == epoch:
            self._keep(key, client)
        return client

    def _drop(self, key: tuple[str, str]) -> None:
        if self._clients.pop(key, None) is not None:
            self.generation += 1

    def _keep(self, key: tuple[str, str], client: LiveClient) -> None:
        self._clients[key] = client
        self._clients.move_to_end(key)
        organization = client.view.organization
        if organization is not None:
            self._by_organization.setdefault((key[0], organization.code), set()).add(key[1])
        if len(self._clients) > MOST_CLIENTS:
            old_key, old = self._clients.popitem(last=False)
            if old.view.organization is not None:
                self._by_organization.get((old_key[0], old.view.organization.code), set()).discard(old_key[1])

    def forget(self, environment_id: str, version: int, changes: Sequence[Change]) -> None:
        """Throw away what changes have made stale. Runs after a commit, before it is acknowledged."""
        self.generation += 1
        self._epochs[environment_id] = self._epochs.get(environment_id, 0) + 1
        known = self._known.get(environment_id)
        if known is not None and version == known + 1:
            self._known[environment_id] = version
        for change in changes:
            if change.noun in ONE_CLIENT:
                self._clients.pop((environment_id, change.object_id), None)
            elif change.noun in ONE_ORGANIZATION:
                for client_id in self._by_organization.pop((environment_id, change.object_id), ()):
                    self._clients.pop((environment_id, client_id), None)
            elif change.noun not in NOTHING:
                self._forget_all(environment_id)

    def _forget_all(self, environment_id: str) -> None:
        self._stale.add(environment_id)
        for key in [key for key in self._clients if key[0] == environment_id]:
            del self._clients[key]
        for key in [key for key in self._by_organization if key[0] == environment_id]:
            del self._by_organization[key]

    async def catch_up(self) -> None:
        """Learn what other processes changed. Raises `Unavailable` when the database does not answer."""
        began = time.monotonic()
        async with self._database.across_environments() as connection:
            store = EnvironmentStore(connection)
            versions = await store.versions()
            news = {
                environment_id: await store.changes_since(environment_id, self._known[environment_id])
                for environment_id, version in versions.items()
                if environment_id in self._known and version > self._known[environment_id]
            }
        for environment_id, changes in news.items():
            self.forget(environment_id, 0, changes)
            self._known[environment_id] = max(self._known[environment_id], versions[environment_id])
        if versions.keys() != self._known.keys():
            await self._reload(None)
        for environment_id in list(self._stale):
            await self._reload(environment_id)
        self._checked_at = began

    async def _reload(self, only: str | None) -> None:
        async with self._reloading:
            if only is not None and only not in self._stale:
                return
            async with self._database.across_environments() as connection:
                environments = await EnvironmentStore(connection).all()
            loaded: dict[str, Runtime] = {}
            for environment in environments:
                kept = self._runtimes.get(environment.id)
                if kept is not None and only is not None and environment.id != only:
                    loaded[environment.id] = kept
                else:
                    loaded[environment.id] = await self._load_runtime(environment)
            self._replace(loaded)

    async def _load_runtime(self, environment: Environment) -> Runtime:
        epoch = self._epochs.get(environment.id, 0)
        async with self._database.reading(environment.id) as work:
            view = await environment_view(work, environment)
            keys = open_keyring(self._sealer, environment.id, await work.signing_keys.all())
        if self._epochs.get(environment.id, 0) == epoch:
            self._stale.discard(environment.id)
        _, host, prefix = split_issuer(environment.issuer)
        return Runtime(view, keys, host, prefix)

    def _replace(self, loaded: dict[str, Runtime]) -> None:
        by_host: dict[str, list[Runtime]] = {}
        for runtime in loaded.values():
            for host in loopback_spellings(runtime.host):
                by_host.setdefault(host, []).append(runtime)
        by_host = {host: _ranked(host, runtimes) for host, runtimes in by_host.items()}
        self._runtimes, self._by_host = loaded, by_host
        self.generation += 1
        for environment_id, runtime in loaded.items():
            # Only for a new one: of a known one, changes that were not read yet must not be passed over.
            self._known.setdefault(environment_id, runtime.environment.version)
        for environment_id in self._known.keys() - loaded.keys():
            del self._known[environment_id]


def _ranked(host: str, runtimes: list[Runtime]) -> list[Runtime]:
    """Return the environments of a host, the longest prefix first, then the one that spells the host so."""
    return sorted(runtimes, key=lambda runtime: (-len(runtime.prefix), runtime.host != host))
