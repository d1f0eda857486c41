"""The other side: run by an interpreter in which the published package is installed.

Answers requests, one line of JSON each, until its input ends: ``["read", KIND, SHARD...]`` with
what the package reads; ``["write", KIND, SHARD]`` with what it was given to write there;
``["list", REDIS, SHARD]`` with the CID under which its index lists a shard of ``plain``;
``["names", REDIS]`` with all names in its index; ``["entry", REDIS, NAME]`` with what it finds
under one; ``["schema", REDIS, REF]`` with the fields of the type that it makes of a schema. Samples
are told as the text of ``truth.py``.
"""

# No ``from __future__ import annotations`` here: the package does not understand its effect.
import dataclasses
import json
import sys
from typing import Any

import atdata
import webdataset
from numpy.typing import NDArray
from redis import Redis
from truth import to_truth
from values import KINDS


@atdata.packable
class Plain:
    name: str
    count: int
    score: float
    flag: bool
    blob: bytes
    note: str | None


@atdata.packable
class Arrays:
    what: str
    array: NDArray
    mask: NDArray | None


@atdata.packable
class Lists:
    words: list[str]
    numbers: list[int]


TYPES = {"plain": Plain, "arrays": Arrays, "lists": Lists}


def read(kind: str, *shards: str) -> str:
    fields = [field.name for field in dataclasses.fields(TYPES[kind])]
    samples = [
        {field: getattr(sample, field) for field in fields}
        for shard in shards
        for sample in atdata.Dataset[TYPES[kind]](shard).ordered()
    ]
    return to_truth(samples)


def write(kind: str, shard: str) -> str:
    values = KINDS[kind]()
    with webdataset.TarWriter(shard) as writer:
        for value in values:
            writer.write(TYPES[kind](**value).as_wds)
    return to_truth(values)


def index_in(redis: str) -> Any:
    try:
        from atdata.local import Index
    except ImportError:
        from atdata import Index
    return Index(redis=Redis.from_url(redis))


def list_in(redis: str, shard: str) -> str:
    index = index_in(redis)
    schema_ref = index.publish_schema(Plain, version="1.2.0")
    entry = index.insert_dataset(
        atdata.Dataset[Plain](shard),
        name="theirs",
        schema_ref=schema_ref,
        metadata={"made": "there", "rows": 8},
    )
    return entry.cid


def names(redis: str) -> str:
    return json.dumps(sorted(entry.name for entry in index_in(redis).list_datasets()))


def entry(redis: str, name: str) -> str:
    found = index_in(redis).get_dataset(name)
    facts = ("name", "cid", "schema_ref", "data_urls", "metadata")
    return json.dumps({fact: getattr(found, fact) for fact in facts})


def schema(redis: str, ref: str) -> str:
    made = index_in(redis).decode_schema(ref)
    return json.dumps([field.name for field in dataclasses.fields(made)])


COMMANDS = {
    "read": read,
    "write": write,
    "list": list_in,
    "names": names,
    "entry": entry,
    "schema": schema,
}

if __name__ == "__main__":
    # The package talks to standard output as it works; the answers must stay alone there.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        print(json.dumps(COMMANDS[command](*arguments)), file=answers, flush=True)
