"""Run: neighbouring members of one length, whose headers are checked all at once.

Samples of one type are often equally long. Then their headers lie at equal distances, and numpy
looks at a thousand of them in the time that Python takes for twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from mmap import mmap

_BLOCK: Final = 512
_MOST: Final = 1024
_WORTHWHILE: Final = 16
_SPACES: Final = 8 * ord(" ")
_ZERO: Final = ord("0")
_SUFFIX: Final = b".msgpack\0"
# Fields of a header: POSIX.1-2017, "ustar Interchange Format".
_NAME, _SIZE, _CHECKSUM, _KIND = 100, slice(124, 135), slice(148, 154), 156
_OCTAL: Final = 8 ** np.arange(10, -1, -1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Run:
    """Samples in a row.

    Attributes:
        keys: their keys.
        sizes: length of each one's data in bytes.
        stride: distance from one header to the next.
        in_order: whether each key is above the one before it.
        highest: the highest key.
    """

    keys: list[bytes]
    sizes: list[int]
    stride: int
    in_order: bool
    highest: bytes


def run_of(
    data: bytes | mmap, pos: int, end: int, header: bytes, *, stride: int, most: int
) -> Run | None:
    """Return the samples from ``pos`` on whose headers are like one that is good.

    Name, owner, size and time may differ. None where such samples are too few: what is anything
    but plain is left for the caller to look at.
    """
    count = min((end - pos) // stride, most, _MOST)
    if count < _WORTHWHILE:
        return None
    members = np.frombuffer(data, np.uint8, count * stride, pos).reshape(count, stride)
    rest = np.frombuffer(header, np.uint8)[_KIND:]
    sizes, size_good = _numbers(members[:, _SIZE])
    told, told_good = _numbers(members[:, _CHECKSUM])
    # 148 bytes can't add up to 2**16.
    sums = np.add.reduce(members[:, : _CHECKSUM.start], axis=1, dtype=np.uint16)
    good = (
        _rows(members[:, _KIND:_BLOCK] == rest)
        & size_good
        & told_good
        & (members[:, _SIZE.stop] <= ord(" "))
        & (sizes > stride - 2 * _BLOCK)
        & (sizes <= stride - _BLOCK)
        & (members[:, _CHECKSUM.stop] == 0)
        & (members[:, _KIND - 1] == ord(" "))
        & (told - sums == _SPACES + int(rest.sum(dtype=np.int64)))
    )
    if not good.all():
        count = int(good.argmin())
        if count < _WORTHWHILE:
            return None
    keys = _keys(members[:count, :_NAME])
    if keys is None:
        return None
    ordered = sorted(keys) == keys and len(set(keys)) == count
    highest = keys[-1] if ordered else max(keys)
    return Run(keys, sizes[:count].tolist(), stride, ordered, highest)


def _numbers(text: np.ndarray[Any, np.dtype[np.uint8]]) -> tuple[Any, Any]:
    """Octal numbers, and whether they are written in digits only."""
    digits = text - np.uint8(_ZERO)  # below "0" wraps around to above 7
    plain = _rows(digits < 8)  # noqa: PLR2004 - octal
    return digits.astype(np.int64) @ _OCTAL[-text.shape[1] :], plain


def _rows(good: np.ndarray[Any, np.dtype[np.bool_]]) -> Any:
    """Which rows are all true; looking at each is needed only where something is not."""
    return good.all() or good.all(axis=1)


def _keys(names: np.ndarray[Any, np.dtype[np.uint8]]) -> list[bytes] | None:
    """Keys of samples with plain names; None where there is any other name among them."""
    count, width = names.shape
    found = np.ascontiguousarray(names).view(f"S{width}").ravel().tolist()
    if np.count_nonzero(names) != sum(map(len, found)):
        return None  # something behind a name's NUL
    text = b"\0".join(found) + b"\0"
    # One dot a name, and that before the extension; and before it something that is no slash.
    if text.count(b".") != count or text.count(_SUFFIX) != count:
        return None
    if text[0] == _SUFFIX[0] or b"\0." in text or b"/." in text:
        return None
    return text.split(_SUFFIX)[:-1]
