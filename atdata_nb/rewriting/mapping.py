"""Mapping: a dataset as a function of the samples of another, made when it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from atdata_nb.errors import LensError
from atdata_nb.rewriting.provenance import Step
from atdata_nb.scanning.tasks import function_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.dataset import Dataset

T = TypeVar("T")
U = TypeVar("U")


def map_dataset(ds: Dataset[T], fn: Callable[[T], U], out_type: type[U] | None) -> Dataset[U]:
    """Return the dataset of what a function makes of each sample; see `Dataset.map`.

    Raises:
        LensError: the function does not take one sample, or does not say what it returns.
    """
    from atdata_nb.lenses import Lens

    try:
        step: Lens[Any, Any] = Lens(
            fn, name=function_name(fn), source_type=ds.sample_type, view_type=out_type or _told(fn)
        )
    except LensError as error:
        raise LensError(f"{error}; say what it returns with out_type=") from error
    view: Dataset[U] = ds.as_type(step)
    view.steps = (
        *ds.steps,
        Step(step.name, ds.sample_type.__qualname__, step.view_type.__qualname__),
    )
    return view


def _told(fn: Callable[..., Any]) -> Any:
    from atdata_nb.lenses.signatures import read_signature

    return read_signature(fn)[1]
