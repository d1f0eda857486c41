"""Values that both sides write: the edges of each field type, the same on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np


def plain() -> list[dict[str, Any]]:
    numbers = [0, -1, 127, 128, 2**31, -(2**63), 2**63 - 1, 2**64 - 1]
    scores = [0.0, -0.0, 1.5, 5e-324, 1.7976931348623157e308, float("inf"), -float("inf"), 1 / 3]
    texts = ["", "plain", "naïve café", "日本語", "🌍🎉", "tab\tnew\nline", "\x00", "x" * 300]
    return [
        {
            "name": text,
            "count": number,
            "score": score,
            "flag": bool(place % 2),
            "blob": bytes(range(place * 30)),
            "note": None if place % 3 else text,
        }
        for place, (text, number, score) in enumerate(zip(texts, numbers, scores, strict=True))
    ]


def arrays() -> list[dict[str, Any]]:
    random = np.random.default_rng(7)
    made = {
        "f4": random.random((3, 4), dtype=np.float32),
        "f8": random.random(5),
        "f2": random.random(4).astype(np.float16),
        "i8": random.integers(-9, 9, (2, 2, 2)),
        "u1 image": random.integers(0, 256, (8, 8, 3), dtype=np.uint8),
        "u2": random.integers(0, 2**16, 6, dtype=np.uint16),
        "bool": random.random(7) < 0.5,
        "c16": random.random(3) + 1j * random.random(3),
        "big endian": np.arange(4, dtype=">i2"),
        "text": np.array(["ab", "c", "日本"]),
        "days": np.array(["2026-11-22", "1970-01-01"], dtype="M8[D]"),
        "empty": np.zeros((0, 3), np.float32),
        "scalar": np.array(5.0),
        "special": np.array([np.nan, np.inf, -np.inf, -0.0]),
        "strided": np.arange(24).reshape(4, 6)[::2, ::3],
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    }
    return [
        {"what": what, "array": array, "mask": None if place % 3 else random.random(3) < 0.5}
        for place, (what, array) in enumerate(made.items())
    ]


def lists() -> list[dict[str, Any]]:
    words = ["plain", "", "naïve café", "🌍"]
    return [
        {"words": words[:size], "numbers": [place - 2**40 for place in range(size)]}
        for size in range(5)
    ]


KINDS = {"plain": plain, "arrays": arrays, "lists": lists}
