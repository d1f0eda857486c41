"""Joined payloads: many msgpack objects decoded in one call, each kept to its own bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import SampleDecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from atdata_nb.protocols import Buffer

# https://github.com/msgpack/msgpack/blob/master/spec.md: an array of up to 2**32 - 1 items
# begins with this byte and the count; nil stands between any two payloads.
_ARRAY32: Final = b"\xdd"
_NIL: Final = b"\xc0"


def decode_joined(decode: Callable[[bytes], list[Any]], payloads: Sequence[Buffer]) -> list[Any]:
    r"""Decode payloads that hold one object each, as one array.

    A damaged payload may hold two objects and the next one none: the nils between them would then
    stand elsewhere than at every second place.

    Args:
        decode: decodes a msgpack array whose items are an object or nil.
        payloads: msgpack objects.

    Raises:
        SampleDecodeError: a payload is not exactly one object.

    Example:
        >>> import msgspec
        >>> decode_joined(msgspec.msgpack.decode, [b"\x81\xa1a\x01", b"\x80"])
        [{'a': 1}, {}]
    """
    if not payloads:
        return []
    count = (2 * len(payloads) - 1).to_bytes(4, "big")
    items = decode(b"".join((_ARRAY32, count, _NIL.join(payloads))))
    records = items[::2]
    if set(map(type, items[1::2])) - {type(None)} or type(None) in set(map(type, records)):
        message = "payloads are not one object each"
        raise SampleDecodeError(message)
    return records


def forget() -> None:
    """Stand in for what is made anew where it is needed: codecs, on the way through a pickle."""
