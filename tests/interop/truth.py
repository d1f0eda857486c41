"""Truth: samples as JSON that two interpreters can compare; the form of tests/fixtures too."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np


def to_truth(samples: Any) -> str:
    """Return samples (mappings from field to value) as text that is equal for equal values."""
    return json.dumps([_plain(dict(sample)) for sample in samples], indent=0, ensure_ascii=True)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        data = base64.b64encode(value.tobytes(order="C")).decode()
        return {"$ndarray": {"dtype": value.dtype.str, "shape": value.shape, "data_b64": data}}
    if isinstance(value, bytes):
        return {"$bytes_b64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
