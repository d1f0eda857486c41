"""Upload and download of a 95 MB shard: the client against plain httpx, on one server.

The three ways take turns, so that what else the machine does hits all of them. ``httpx`` sends and
keeps the bytes and no more; ``httpx + hash`` also computes their SHA-256, as the client must to
find a blob's CID and to know that what came is what was asked for.
"""

from __future__ import annotations

import hashlib
import secrets
import statistics
import time
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import httpx

from atdata_nb.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from atdata_nb.atmosphere import AtmosphereClient

ResultT = TypeVar("ResultT")

SIZE = 95 << 20
PIECE = 256 << 10
TARGET = 0.8
UPLOAD = "com.atproto.repo.uploadBlob"
TYPE = "application/x-tar"


def pieces(path: Path, digest: hashlib._Hash | None) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            if digest is not None:
                digest.update(piece)
            yield piece


class Way(Protocol):
    def upload(self, path: Path) -> str: ...
    def download(self, did: str, cid: str, path: Path) -> None: ...


class Ours:
    def __init__(self, client: AtmosphereClient) -> None:
        self.client = client

    def upload(self, path: Path) -> str:
        return str(self.client.upload_blob(path, TYPE)["ref"]["$link"])

    def download(self, did: str, cid: str, path: Path) -> None:
        self.client.get_blob(did, cid, to=path)


class Plain:
    """What anybody would write with httpx, in constant memory too."""

    def __init__(self, pds: str, token: str, *, hashing: bool) -> None:
        self.http = httpx.Client(base_url=f"{pds}/xrpc/", timeout=600, trust_env=False)
        self.token, self.hashing = token, hashing

    def _digest(self) -> hashlib._Hash | None:
        return hashlib.sha256() if self.hashing else None

    def upload(self, path: Path) -> str:
        headers = {"Content-Type": TYPE, "Content-Length": str(path.stat().st_size)}
        headers["Authorization"] = f"Bearer {self.token}"
        answer = self.http.post(UPLOAD, content=pieces(path, self._digest()), headers=headers)
        return str(answer.raise_for_status().json()["blob"]["ref"]["$link"])

    def download(self, did: str, cid: str, path: Path) -> None:
        digest, plain = self._digest(), {"Accept-Encoding": "identity"}
        where = {"did": did, "cid": cid}
        with (
            self.http.stream("GET", "com.atproto.sync.getBlob", params=where, headers=plain) as got,
            path.open("wb") as file,
        ):
            for piece in got.raise_for_status().iter_bytes(PIECE):
                file.write(piece)
                if digest is not None:
                    digest.update(piece)


def timed(work: Callable[[], ResultT]) -> tuple[float, ResultT]:
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def bench(folder: Path, rounds: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with Sandbox(accounts=["ada"], blob_limit=SIZE + (1 << 20)) as network:
        client = network.client("ada")
        account = network.account("ada")
        session = httpx.post(
            f"{account.pds}/xrpc/com.atproto.server.createSession",
            json={"identifier": account.handle, "password": account.password},
            trust_env=False,
        ).json()
        ways: dict[str, Way] = {
            "client": Ours(client),
            "httpx": Plain(account.pds, session["accessJwt"], hashing=False),
            "httpx + hash": Plain(account.pds, session["accessJwt"], hashing=True),
        }
        show(run(client, ways, folder, rounds))


def run(
    client: AtmosphereClient, ways: dict[str, Way], folder: Path, rounds: int
) -> dict[str, dict[str, list[float]]]:
    """Return seconds by direction and way."""
    took: dict[str, dict[str, list[float]]] = {
        direction: {name: [] for name in ways} for direction in ("upload", "download")
    }
    shard, back, names = folder / "shard.tar", folder / "back.tar", list(ways)
    for number in range(rounds):
        # Whoever goes first meets another state of the server each time.
        first = number % len(names)
        for name in names[first:] + names[:first]:
            # New bytes each time: a server takes what it has already by another way.
            shard.write_bytes(secrets.token_bytes(SIZE))
            sent, cid = timed(partial(ways[name].upload, shard))
            blob = {"$type": "blob", "ref": {"$link": cid}, "mimeType": TYPE, "size": SIZE}
            kept = client.create_record("org.example.kept", {"blob": blob})
            got, _ = timed(partial(ways[name].download, client.did, cid, back))
            if back.stat().st_size != SIZE:
                raise RuntimeError(f"{name} downloaded {back.stat().st_size:,} bytes")
            client.delete_record(kept.uri)
            took["upload"][name].append(sent)
            took["download"][name].append(got)
    return took


def show(took: dict[str, dict[str, list[float]]]) -> None:
    print(f"\nblob of {SIZE >> 20} MB, medians; ratio: of the client's rate to this one's")
    print(f"{'':10}{'way':14}{'MB/s':>8}{'ratio':>8}")
    for direction, ways in took.items():
        for name, seconds in ways.items():
            pairs = [other / own for other, own in zip(seconds, ways["client"], strict=True)]
            ratio = statistics.median(pairs)
            mark = "" if name != "httpx" else f"  (at least {TARGET})"
            rate = SIZE / 1e6 / statistics.median(seconds)
            print(f"{direction:10}{name:14}{rate:8.0f}{ratio:8.2f}{mark}")
