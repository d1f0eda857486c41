"""Requests for one sample in full, each checked before anything acts on it."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from atdata_nb.widgets.requests import Request

_Place = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
# A nested value is found by the numbers of the items that lead to it, whatever their names hold.
_Path = Annotated[tuple[_Place, ...], msgspec.Meta(max_length=64)]
MOST_BYTES: Final = 4_096
MOST_PARTS: Final = 100


class WholeRequest(Request, frozen=True):
    """Any of them: a row of a dataset, and what is meant inside its sample."""

    key: str = ""
    row: _Place = 0
    path: _Path = ()


class SampleRequest(WholeRequest, tag="sample", frozen=True):
    """Where a sample is and what is in it; ``fresh`` opens the dataset again."""

    fresh: bool = False


class BranchRequest(WholeRequest, tag="branch", frozen=True):
    """The items of a nested value, from ``first`` on."""

    first: _Place = 0


class TextRequest(WholeRequest, tag="text", frozen=True):
    """A long text, from a character on."""

    offset: _Place = 0


class BytesRequest(WholeRequest, tag="bytes", frozen=True):
    """Bytes of a value, or of the whole sample as it is stored where the path is empty."""

    offset: _Place = 0
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_BYTES)] = 512


class NumbersRequest(WholeRequest, tag="numbers", frozen=True):
    """What can be said of an array's numbers."""


class PictureRequest(WholeRequest, tag="picture", frozen=True):
    """An image file, or a plane of an array: ``at`` are the places on its first axes."""

    at: _Path = ()


class PlayRequest(WholeRequest, tag="play", frozen=True):
    """A sound as a file that a browser plays."""


AnyWholeRequest = (
    SampleRequest
    | BranchRequest
    | TextRequest
    | BytesRequest
    | NumbersRequest
    | PictureRequest
    | PlayRequest
)
KINDS: Final = frozenset({"sample", "branch", "text", "bytes", "numbers", "picture", "play"})


def read_whole_request(content: dict[str, Any]) -> AnyWholeRequest:
    """Return a request; msgspec.ValidationError when it is none.

    >>> read_whole_request({"id": 1, "kind": "text", "row": 3, "path": [0]}).offset
    0
    """
    request: AnyWholeRequest = msgspec.convert(content, AnyWholeRequest)
    return request
