"""Requests: what the page may ask for, each checked before anything acts on it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
_Place = Annotated[int, msgspec.Meta(ge=0)]
Kind = Literal["place", "schema", "tag", "license"]
Order = Literal["", "name", "-name", "date", "-date", "size", "-size"]


class Request(msgspec.Struct, tag_field="kind", frozen=True):
    """Any request: its number, which the answer carries back."""

    id: int


class ListRequest(Request, tag="list", frozen=True):
    """A page of what matches; ``fresh`` forgets what was read before."""

    query: str
    offset: _Place
    limit: _Count
    facets: dict[Kind, str] = {}
    order: Order = ""
    listed: Literal["datasets", "schemas"] = "datasets"
    fresh: bool = False


class FacetsRequest(Request, tag="facets", frozen=True):
    """How many of the datasets that match have which facets."""

    query: str
    facets: dict[Kind, str] = {}


class OverviewRequest(Request, tag="overview", frozen=True):
    """What there is to say of one dataset."""

    key: str


class VersionsRequest(Request, tag="versions", frozen=True):
    """The versions of one dataset."""

    key: str


class SchemaRequest(Request, tag="schema", frozen=True):
    """The schema of one dataset's samples, its versions, and the lenses it has."""

    key: str


class DiffRequest(Request, tag="diff", frozen=True):
    """What changed from another version of a schema to the one of a dataset."""

    key: str
    other: str


class ShardsRequest(Request, tag="shards", frozen=True):
    """Some shards of one dataset."""

    key: str
    offset: _Place
    limit: _Count


class RecordRequest(Request, tag="record", frozen=True):
    """What is stored of one dataset, as it is stored."""

    key: str


class FollowRequest(Request, tag="follow", frozen=True):
    """What is at an address that stands in a record: a record, a repository, a schema."""

    target: Annotated[str, msgspec.Meta(max_length=3_000)]


class VerifyRequest(Request, tag="verify", frozen=True):
    """How far the verification of one dataset got; ``begin`` and ``cancel`` act on it."""

    key: str
    act: Literal["", "begin", "cancel"] = ""


class LinesRequest(Request, tag="lines", frozen=True):
    """Lines that show the same as the screen does."""


class ActRequest(Request, tag="act", frozen=True):
    """Do one of the actions that the chosen dataset has."""

    key: str
    name: str


AnyRequest = (
    ListRequest
    | FacetsRequest
    | OverviewRequest
    | VersionsRequest
    | SchemaRequest
    | DiffRequest
    | ShardsRequest
    | RecordRequest
    | FollowRequest
    | VerifyRequest
    | LinesRequest
    | ActRequest
)


def read_request(content: dict[str, Any]) -> AnyRequest:
    """Return a request; msgspec.ValidationError when it is none.

    >>> read_request({"id": 1, "kind": "schema", "key": "k"})
    SchemaRequest(id=1, key='k')
    """
    request: AnyRequest = msgspec.convert(content, AnyRequest)
    return request
