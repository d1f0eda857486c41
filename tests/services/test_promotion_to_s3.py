"""Promotion with the shards in a bucket: a real S3 server, and a real network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from services.buckets import admin, open_to_all, sizes

from atdata_nb import AtmosphereIndex, LocalIndex, S3DataStore, flows, packable
from atdata_nb.errors import CredentialsError, FlowError, ManifestWarning
from atdata_nb.flows import Event, Plan
from atdata_nb.sandbox import Sandbox
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service


@packable
class Digit:
    label: int
    image: NDArray[np.uint8]


ROWS = [Digit(n, np.full((8, 8), n, np.uint8)) for n in range(50)]


@pytest.fixture
def store(s3_server: S3Server, bucket: str) -> S3DataStore:
    return S3DataStore(s3_server.credentials, bucket=bucket)


@pytest.fixture
def index(tmp_path: Path) -> LocalIndex:
    made = LocalIndex(tmp_path / "home")
    made.write_samples(ROWS, name="digits", maxcount=20)
    return made


def test_shards_in_a_public_bucket_are_read_by_everybody_and_not_sent_twice(
    network: Sandbox, s3_server: S3Server, bucket: str, store: S3DataStore, index: LocalIndex
) -> None:
    open_to_all(s3_server, bucket)
    client = network.client("alice")
    plan: Plan = flows.plan_promote("digits", index=index, client=client, place="s3", store=store)
    assert "public" in {note.kind for note in plan.warnings}
    assert all(url.startswith(f"{s3_server.endpoint}/{bucket}/digits/") for url in plan.public.urls)
    assert s3_server.secret_key not in json.dumps(plan.to_dict()) + repr(plan.action)
    result = plan.run()
    assert result.verdict is not None
    assert result.verdict.complete
    entry = AtmosphereIndex(network.client("bob")).get_dataset(result.uri)
    assert entry.data_urls == list(plan.public.urls)
    assert [sample.label for sample in entry.dataset()] == list(range(50))
    # What lies beside the shards goes with them, and is of use to others.
    assert "all values of label" in dict(plan.public.facts)["manifests"]
    some = entry.dataset().where("label == 21")
    assert some.explain().pruned == 2
    assert ([sample.label for sample in some], len(some)) == ([21], 1)
    assert entry.dataset()[40].label == 40
    (part,) = [one for one in entry.dataset().by_shard() if one.where("label == 41").head(1)]
    assert part.head(1)[0].label == 40
    s3 = admin(s3_server)
    one, two = (url.partition(f"/{bucket}/")[2] + ".manifest.json" for url in entry.data_urls[:2])
    s3.copy_object(Bucket=bucket, Key=one, CopySource={"Bucket": bucket, "Key": two})
    with pytest.warns(ManifestWarning, match="another version of the shard"):
        assert [sample.label for sample in entry.dataset().where("label == 3")] == [3]
    again = flows.plan_promote(
        "digits", index=index, client=client, place="s3", store=store, description="Digits"
    )
    assert [step.reused for step in again.steps if step.kind == "shard"] == [True] * 3
    events: list[Event] = []
    assert again.run(events.append).changed
    told = {event.step: event.kind for event in events}
    assert {told[f"shard-{n}"] for n in range(3)} <= {"reused", "finished"}


def test_a_bucket_that_others_cannot_read_is_told_and_what_was_sent_is_taken_back(
    network: Sandbox,
    s3_server: S3Server,
    bucket: str,
    store: S3DataStore,
    index: LocalIndex,
) -> None:
    client = network.client("erin")  # who has published nothing else
    plan = flows.plan_promote("digits", index=index, client=client, place="s3", store=store)
    with pytest.raises(FlowError, match="let everybody read the bucket"):
        plan.run()
    assert AtmosphereIndex(client).list_datasets() == []
    assert sizes(s3_server, bucket) != {}
    (left,) = flows.unfinished(index)
    with pytest.raises(CredentialsError, match=bucket):
        left.roll_back(client)
    # The keys of the environment do as well.
    with pytest.MonkeyPatch.context() as patch:
        for name, value in s3_server.credentials.items():
            patch.setenv(name, value)
        left.roll_back(client)
    assert sizes(s3_server, bucket) == {}
    assert flows.unfinished(index) == []


def test_shards_read_with_credentials_are_refused_unless_they_are_copied(
    network: Sandbox, store: S3DataStore, tmp_path: Path
) -> None:
    """TRAPS C22: shards in a bucket are opened by their store."""
    index = LocalIndex(tmp_path / "team", data_store=store)
    index.write_samples(ROWS, name="team", maxcount=20)
    client = network.client("alice")
    refused = flows.plan_promote("team", index=index, client=client, place="urls")
    (note,) = [note for note in refused.blockers if note.kind == "urls"]
    assert "your credentials, which others lack" in note.text
    copied = flows.plan_promote("team", index=index, client=client).run()
    entry = AtmosphereIndex(network.client("bob")).get_dataset(copied.uri)
    assert all(url.startswith("at://") for url in entry.data_urls)
    assert [sample.label for sample in entry.dataset()] == list(range(50))


def test_without_a_bucket_it_says_how_to_name_one(network: Sandbox, index: LocalIndex) -> None:
    with pytest.raises(CredentialsError, match=r"store=S3DataStore\(credentials, bucket="):
        flows.plan_promote("digits", index=index, client=network.client("alice"), place="s3")
