"""Training: a dataset as batches of tensors, dealt out to processes and workers.

torch is an extra, imported by the functions that need it; who reads what, in which order, and
where to go on is decided without it.
"""

from __future__ import annotations

from atdata_nb.training.loader import torch_batches
from atdata_nb.training.shares import Share
from atdata_nb.training.stream import BatchStream
from atdata_nb.training.tensors import to_tensors

__all__ = ["BatchStream", "Share", "to_tensors", "torch_batches"]
