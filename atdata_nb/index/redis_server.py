"""RedisServer: one database of one Redis server, and what goes wrong on the way to it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import IndexClosedError, MissingExtraError, ServiceError, UrlError
from atdata_nb.shards.credentials import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMES: Final = ("redis://", "rediss://", "unix://")
_FORM: Final = "redis://[user[:password]@]host[:port][/database]"
_SECRETIVE: Final = ("password", "ssl_password")
_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 30.0
# The server may take that long for each piece of a transaction of many, when it is busy.
_LONG: Final = 100
_COMMAND_SECONDS: Final = 0.5
_UNSAFE: Final = {
    "OOM": "has no memory left: raise its maxmemory, or remove what is not needed",
    "MISCONF": "cannot write to its disk, so it takes no changes: see its log",
    "READONLY": "is a replica that takes no changes: name the primary server",
    "NOPERM": "does not let this user do that: it needs all commands on all keys",
    "NOAUTH": "wants a login: put user and password into the URL",
    "WRONGPASS": "refuses the login: check user and password",
    "LOADING": "is still loading its data: try again in a moment",
    "BUSY": "is busy with a script: try again in a moment",
}


def redis_package() -> Any:
    """Return the ``redis`` package.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import redis
    except ImportError as error:
        raise MissingExtraError(
            "a Redis index needs the redis package: pip install 'atdata-nb[redis]'"
        ) from error
    return redis


@cache
def script(name: str) -> str:
    """Return the text of a script for the server."""
    folder = files("atdata_nb.index") / "lua"
    return "".join((folder / f"{part}.lua").read_text() for part in ("frames", name))


class RedisServer:
    """A database of a Redis server; can be pickled, and never shows its password.

    Args:
        redis: a URL, or a client of the ``redis`` package; whether it decodes does not matter.

    Raises:
        UrlError: that is no URL of a Redis server.
        MissingExtraError: the ``redis`` package is not installed.

    Example:
        >>> RedisServer("redis://me:secret@db.example.org/2")
        RedisServer redis db.example.org:6379/2
    """

    def __init__(self, redis: Any) -> None:
        if hasattr(redis, "connection_pool"):
            pool = redis.connection_pool
            options, kind = dict(pool.connection_kwargs), pool.connection_class
            given = None if options.get("decode_responses") else redis
        else:
            options, kind = _parsed(str(redis))
            given = None
        self._start(options, kind, given)

    def _start(self, options: dict[str, Any], kind: Any, given: Any) -> None:
        self._kind = kind
        self._options = _plain(options)
        # These may be anything, so they live as long as this process.
        self._own = {name: options[name] for name in _UNPICKLED if options.get(name) is not None}
        self._client = given
        self._is_ours = given is None
        self._closed = False
        # Half of the values are msgpack, which is no text.
        self._options["decode_responses"] = False
        self.label = _label(options)

    @property
    def client(self) -> Any:
        """The client, which any number of threads may use.

        Raises:
            IndexClosedError: the index was closed.
        """
        if self._closed:
            raise IndexClosedError(f"the index at {self.label} was closed")
        if self._client is None:
            self._client = self._connected()
        return self._client

    def _connected(self, patience: float = 0.0) -> Any:
        redis = redis_package()
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        options: dict[str, Any] = {
            "socket_connect_timeout": _CONNECT_SECONDS,
            "socket_timeout": _ANSWER_SECONDS,
            # Once: a connection that the server closed while nobody used it is made anew.
            "retry": Retry(NoBackoff(), 1, (redis.ConnectionError,)),
        }
        for name, value in self._options.items():
            options[name] = value.reveal() if isinstance(value, Secret) else value
        if patience and options["socket_timeout"] is not None:
            options["socket_timeout"] = max(patience, options["socket_timeout"])
        pool = redis.ConnectionPool(connection_class=self._kind, **options, **self._own)
        return redis.Redis(connection_pool=pool)

    def run(self, name: str, *arguments: Any) -> Any:
        """Run a script in the server."""
        redis = redis_package()
        with self.errors():
            try:
                return self.client.evalsha(_sha(name), 0, *arguments)
            except redis.exceptions.NoScriptError:
                return self.client.eval(script(name), 0, *arguments)

    def run_together(self, commands: Sequence[tuple[Any, ...]], *, atomic: bool = False) -> Any:
        """Send commands at once; in one transaction if ``atomic``, however long that takes."""
        is_long = atomic and len(commands) > _LONG
        client = self._connected(len(commands) * _COMMAND_SECONDS) if is_long else self.client
        with self.errors(), client.pipeline(transaction=atomic) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            done = pipeline.execute()
        if is_long:
            client.close()
        return done

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Tell what goes wrong inside as a ServiceError that says what to do."""
        redis = redis_package()
        try:
            yield
        except redis.RedisError as error:
            raise ServiceError(f"{self.label} {_reason(redis, error)}") from error

    def close(self) -> None:
        """Close the connections, if they are ours."""
        self._closed = True
        if self._is_ours and self._client is not None:
            self._client.connection_pool.disconnect()
        self._client = None

    def __getstate__(self) -> dict[str, Any]:
        return {"options": self._options, "kind": self._kind}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._start(state["options"], state["kind"], None)

    def __repr__(self) -> str:
        return f"RedisServer {self.label}"


@cache
def _sha(name: str) -> str:
    import hashlib

    return hashlib.sha1(script(name).encode(), usedforsecurity=False).hexdigest()


def _parsed(url: str) -> tuple[dict[str, Any], Any]:
    connection: Any = redis_package().connection
    if not url.lower().startswith(SCHEMES):
        raise UrlError(f"a Redis server is named as {_FORM}, got {url.partition('://')[0][:20]!r}")
    try:
        options = dict(connection.parse_url(url))
    except ValueError:
        # What is wrong with it may be a piece of the password: the cause must not show it.
        raise UrlError(
            f"that is not {_FORM}; characters like / # @ in a password are written %2F %23 %40"
        ) from None
    return options, options.pop("connection_class", connection.Connection)


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Return what makes another connection like this one and can be pickled."""
    kept: dict[str, Any] = {}
    for name, value in options.items():
        if name in _SECRETIVE and isinstance(value, str):
            kept[name] = Secret(value)
        elif name not in _DERIVED and isinstance(value, str | int | float | bool | bytes | Secret):
            kept[name] = value
    return kept


_UNPICKLED: Final = ("credential_provider", "redis_connect_func")
# Facts that a pool notes about itself and no connection takes.
_DERIVED: Final = ("orig_host_address", "orig_socket_timeout", "orig_socket_connect_timeout")


def _label(options: dict[str, Any]) -> str:
    # Never the URL itself: it may hold a password.
    place = options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"
    return f"redis {place}/{options.get('db') or 0}"


def _reason(redis: Any, error: Exception) -> str:
    text = str(error)
    for code, advice in _UNSAFE.items():
        if text.startswith(code) or f" {code} " in text:
            return f"{advice} ({text})"
    if isinstance(error, redis.AuthenticationError):
        return f"{_UNSAFE['WRONGPASS']} ({text})"
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return (
            f"does not answer ({text}): start it, for example with `atdata-nb local up`, "
            "or check its address"
        )
    return f"refused a command: {text}"
