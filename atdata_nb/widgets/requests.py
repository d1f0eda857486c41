"""Requests: what the page may ask for, each checked before anything acts on it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
_Place = Annotated[int, msgspec.Meta(ge=0)]


class Request(msgspec.Struct, tag_field="kind", frozen=True):
    """Any request: its number, which the answer carries back."""

    id: int


class ListRequest(Request, tag="list", frozen=True):
    """A page of the datasets that match a query; ``fresh`` forgets what was read before."""

    query: str
    offset: _Place
    limit: _Count
    fresh: bool = False


class OverviewRequest(Request, tag="overview", frozen=True):
    """What there is to say of one dataset."""

    key: str


class SchemaRequest(Request, tag="schema", frozen=True):
    """The schema of one dataset's samples."""

    key: str


class SamplesRequest(Request, tag="samples", frozen=True):
    """The first samples of one dataset; of the only one there is, when ``key`` is empty."""

    key: str = ""


AnyRequest = ListRequest | OverviewRequest | SchemaRequest | SamplesRequest


def read_request(content: dict[str, Any]) -> AnyRequest:
    """Return a request; msgspec.ValidationError when it is none.

    >>> read_request({"id": 1, "kind": "schema", "key": "k"})
    SchemaRequest(id=1, key='k')
    """
    request: AnyRequest = msgspec.convert(content, AnyRequest)
    return request
