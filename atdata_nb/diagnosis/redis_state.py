"""Redis state: whether a Redis server answers, keeps what it is given, and has room for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.diagnosis.clocks import check_clock
from atdata_nb.diagnosis.finding import advice, good, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atdata_nb.diagnosis.finding import Finding

SUBJECT: Final = "redis"
_OLDEST: Final = (7, 0)
_FULL: Final = 0.9
_FORM: Final = "write redis://[user[:password]@]host[:port][/database], with / # @ as %2F %23 %40"
_START: Final = "start it, for example with `atdata-nb local up`, or check host and port"


def check_redis(url: str, timeout: float) -> Iterator[Finding]:
    """Look at a Redis server; writes nothing."""
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        yield problem(SUBJECT, "the redis package is missing", "pip install 'atdata-nb[redis]'")
        return
    try:
        client = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0))
    except ValueError:
        # What is wrong with it may be a piece of the password: it is not repeated.
        yield problem(SUBJECT, "that is no URL of a Redis server", _FORM)
        return
    # What stands behind a "?" in the URL does not get to wait longer.
    options = client.connection_pool.connection_kwargs
    options.update(socket_timeout=timeout, socket_connect_timeout=timeout, decode_responses=True)
    place = _place(options)
    try:
        sent = time.time()
        seconds, micro = client.time()
        answered = time.time()
        facts = client.info()
        yield _version(place, facts)
        yield check_clock(SUBJECT, int(seconds) + int(micro) / 1e6, sent, answered)
        yield from _persistence(facts, takes_snapshots=_takes_snapshots(redis, client))
        yield from _memory(facts)
        yield _role(facts)
    except (redis.RedisError, OSError) as error:
        yield _failure(redis, place, error, timeout)
    finally:
        client.close()


def _place(options: Mapping[str, Any]) -> str:
    return options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"


def _version(place: str, facts: Mapping[str, Any]) -> Finding:
    name = str(facts.get("server_name") or "redis").capitalize()
    # Valkey tells both; the one that clients know is that of Redis.
    version = str(facts.get("redis_version", "0"))
    told = f"{name} at {place} answers, version {facts.get('valkey_version', version)}"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers < _OLDEST:
        return problem(SUBJECT, told, "the index needs version 7 or newer: update the server")
    return good(SUBJECT, told)


def _takes_snapshots(redis: Any, client: Any) -> bool:
    try:
        return bool(client.config_get("save").get("save"))
    except redis.ResponseError:
        # Those who run servers for others keep this to themselves, and do take snapshots.
        return True


def _persistence(facts: Mapping[str, Any], *, takes_snapshots: bool) -> Iterator[Finding]:
    if facts.get("aof_enabled"):
        yield good(SUBJECT, "each change goes to its append-only file")
        if facts.get("aof_last_write_status", "ok") != "ok":
            yield problem(SUBJECT, "it can't write that file", "make room on its disk; see its log")
    elif takes_snapshots:
        yield advice(
            SUBJECT,
            "it keeps snapshots only: what was listed since the last one is lost if it crashes",
            "CONFIG SET appendonly yes, and CONFIG REWRITE",
        )
    else:
        yield problem(
            SUBJECT,
            "it keeps nothing on disk: the index is gone when it is started anew",
            "CONFIG SET appendonly yes, and CONFIG REWRITE",
        )
    if facts.get("rdb_last_bgsave_status", "ok") != "ok":
        yield problem(SUBJECT, "its last snapshot failed", "make room on its disk; see its log")


def _memory(facts: Mapping[str, Any]) -> Iterator[Finding]:
    policy = str(facts.get("maxmemory_policy", "noeviction"))
    limit, used = int(facts.get("maxmemory", 0)), int(facts.get("used_memory", 0))
    # Entries have no expiry, so the volatile policies can't touch them.
    if policy.startswith("allkeys-"):
        yield problem(
            SUBJECT,
            f"it throws entries out when its memory is full (policy {policy})",
            "CONFIG SET maxmemory-policy noeviction, and CONFIG REWRITE",
        )
    else:
        yield good(SUBJECT, f"it throws nothing out (policy {policy})")
    told = f"it holds {used / 1e6:,.1f} MB"
    if not limit:
        yield good(SUBJECT, f"{told}, and has no limit but its machine's")
    elif used > _FULL * limit:
        yield problem(SUBJECT, f"{told} of {limit / 1e6:,.1f} MB", "raise its maxmemory")
    else:
        yield good(SUBJECT, f"{told} of {limit / 1e6:,.1f} MB")


def _role(facts: Mapping[str, Any]) -> Finding:
    if facts.get("role") == "slave":
        return problem(
            SUBJECT, "it is a replica, which takes no changes", "name the primary server"
        )
    return good(SUBJECT, "it takes changes")


def _failure(redis: Any, place: str, error: Exception, timeout: float) -> Finding:
    if isinstance(error, redis.AuthenticationError):
        return problem(SUBJECT, f"{place} refuses the login", "put user and password into the URL")
    if isinstance(error, redis.exceptions.NoPermissionError):
        return problem(
            SUBJECT, f"{place} does not let this user ask", "give the user all commands on all keys"
        )
    if isinstance(error, redis.TimeoutError):
        return problem(SUBJECT, f"{place} says nothing within {timeout:g} s", _START)
    if isinstance(error, redis.ConnectionError | OSError):
        return problem(SUBJECT, f"{place} can't be reached ({error})", _START)
    return problem(SUBJECT, f"{place} refuses: {error}", "see the server's log")
