"""The other side on the network: run by an interpreter in which a published package is installed.

Takes one request as JSON on its standard input – where the network is, who logs in, what to do –
and answers with one line of JSON. Two things are done by hand, as the package offers no way: its
own ``login`` asks for a Bluesky profile that a plain server does not have, and it looks for servers
in ``https://plc.directory`` only.
"""

# No ``from __future__ import annotations`` here: the package does not understand its effect.
import json
import sys
from pathlib import Path
from typing import Any

import atdata
import atdata.atmosphere as network
import requests
from atproto import Client
from numpy.typing import NDArray


@atdata.packable
class Digit:
    label: int
    text: str
    image: NDArray
    remarks: str | None


IS_FIRST = not hasattr(network, "Atmosphere")


def use_directory(plc: str) -> None:
    get = requests.get

    def redirected(url: str, **options: Any) -> Any:
        return get(url.replace("https://plc.directory", plc), **options)

    requests.get = redirected


def log_in(pds: str, did: str, handle: str, password: str) -> Any:
    sdk = Client(base_url=pds)
    sdk.login(handle, password, fetch_bsky_profile=False)
    client = (network.AtmosphereClient if IS_FIRST else network.Atmosphere)(_client=sdk)
    client._session = {"did": did, "handle": handle}
    return client


def read(client: Any, uri: str) -> dict[str, Any]:
    loader = network.DatasetLoader(client)
    entry = network.AtmosphereIndex(client).get_dataset(uri)
    made = network.AtmosphereIndex(client).decode_schema(entry.schema_ref)
    kind = loader.get_storage_type(uri)
    record = loader.get(uri)
    told: dict[str, Any] = {
        "name": entry.name,
        "schema_ref": entry.schema_ref,
        "metadata": entry.metadata,
        "facts": [record.get(name) for name in ("description", "tags", "license")],
        "fields": list(made.__dataclass_fields__),
        "kind": kind,
        "listed": [one.name for one in network.AtmosphereIndex(client).list_datasets()],
    }
    if kind != "blobs":
        return told | {"urls": loader.get_urls(uri)}
    samples = loader.to_dataset(uri, Digit).ordered(batch_size=None)
    rows = [[one.label, one.text, one.image.tolist(), one.remarks] for one in samples]
    return told | {"urls": loader.get_blob_urls(uri), "rows": rows}


def write(client: Any, shard: str) -> dict[str, Any]:
    schema = network.SchemaPublisher(client).publish(Digit, version="1.2.0", description="Digits")
    publisher = network.DatasetPublisher(client)
    facts = {"schema_uri": str(schema), "description": "é", "tags": ["a", "b"], "license": "MIT"}
    urls = publisher.publish_with_urls(
        urls=["https://example.org/a.tar", "https://example.org/b.tar"], name="by url", **facts
    )
    data = Path(shard).read_bytes()
    blobs = publisher.publish_with_blobs(blobs=[data], name="by blob", **facts)
    lens = network.LensPublisher(client).publish(
        name="round",
        source_schema_uri=str(schema),
        target_schema_uri=str(schema),
        code_repository="https://example.org/r",
        code_commit="0" * 40,
        getter_path="lenses:get",
        putter_path="lenses:put",
    )
    return {"schema": str(schema), "urls": str(urls), "blobs": str(blobs), "lens": str(lens)}


if __name__ == "__main__":
    # The package talks to standard output as it works; the answer must stay alone there.
    answers, sys.stdout = sys.stdout, sys.stderr
    request = json.load(sys.stdin)
    use_directory(request["plc"])
    who = log_in(*(request[name] for name in ("pds", "did", "handle", "password")))
    answer = {"read": read, "write": write}[request["do"]](who, request["what"])
    answers.write(json.dumps(answer, default=str))
