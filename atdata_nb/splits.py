"""Splits: which part of a dataset a shard belongs to, by its name."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from atdata_nb.shards.urls import local_path, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_SPLIT: Final = "train"
_WORDS: Final = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "development": "validation",
}


def split_of(shard: str, root: str = "") -> str:
    """Return the split that a shard's name tells, or ``train``.

    The file's name is asked first, then the folders between ``root`` and the file, nearest first.
    A folder above ``root`` says nothing: the data may well lie below ``/home/dev``.

    Example:
        >>> split_of("mnist-test-000.tar"), split_of("/home/dev/mnist.tar", "/home/dev")
        ('test', 'train')
        >>> split_of("/data/mnist/val/000.tar", "/data/mnist")
        'validation'
    """
    below = shard[len(root) :] if root and shard.startswith(root) else _file_name(shard)
    *folders, name = PurePosixPath(below.replace("\\", "/")).parts or ("",)
    found = _word_in(name)
    if found is None:
        found = next((_WORDS[f.lower()] for f in reversed(folders) if f.lower() in _WORDS), None)
    return found or DEFAULT_SPLIT


def _file_name(shard: str) -> str:
    return re.split(r"[/\\]", shard.split("?", 1)[0] if scheme_of(shard) else shard)[-1]


def _word_in(name: str) -> str | None:
    # A word stands alone: between separators, or at either end. "latest" is no test.
    for word in re.split(r"[-_.]", name.lower())[:-1]:
        if word in _WORDS:
            return _WORDS[word]
    return None


def group_by_split(shards: Iterable[str], root: str = "") -> dict[str, list[str]]:
    """Sort shards by split; splits in the order train, validation, test."""
    found: dict[str, list[str]] = {}
    for shard in shards:
        found.setdefault(split_of(shard, root), []).append(shard)
    order = ("train", "validation", "test")
    return {name: found[name] for name in order if name in found}


def fixed_root(pattern: str) -> str:
    """Return the part of a path or URL before its first pattern, up to a slash.

    Example:
        >>> fixed_root("data/dev/{train,test}/*.tar"), fixed_root("a.tar")
        ('data/dev/', '')
    """
    magic = re.search(r"[{*?\[]", pattern)
    if magic is None or (scheme_of(pattern) and local_path(pattern) is None and "{" not in pattern):
        return pattern[: pattern.rfind("/") + 1]
    return pattern[: pattern.rfind("/", 0, magic.start()) + 1]
