"""Signatures: from which type to which a function leads, read off its annotations."""

from __future__ import annotations

import inspect
import sys
import typing
from functools import partial
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import LensError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

NEARBY_FRAMES = 32


def read_signature(get: Callable[..., Any]) -> tuple[type, type]:
    """Return the types of a getter's one parameter and of what it returns.

    String annotations are resolved in the function's module, in what it closes over, and in the
    functions that are running (for classes defined in a function, as in tests).

    Raises:
        LensError: not exactly one parameter, a missing annotation, one that names nothing, or
            one that is no class.
    """
    name = function_name(get)
    parameters = list(_parameters(get, name).values())
    if len(parameters) != 1:
        message = (
            f"lens {name}: a getter takes exactly one parameter, the sample; "
            f"this one takes {len(parameters)}"
        )
        raise LensError(message)
    hints = _resolve_hints(get, name)
    source = _require_class(hints, parameters[0].name, f"parameter {parameters[0].name!r}", name)
    return source, _require_class(hints, "return", "the return value", name)


def check_putter(put: Callable[..., Any]) -> None:
    """Check that a function can be called with a view and a source.

    Raises:
        LensError: it does not take two parameters.
    """
    name = function_name(put)
    if len(_parameters(put, name)) != 2:  # noqa: PLR2004
        message = f"lens {name}: a putter takes exactly two parameters, the view and the source"
        raise LensError(message)


def function_name(function: Callable[..., Any]) -> str:
    """Return the name a reader knows a function by."""
    return str(getattr(function, "__name__", type(function).__name__))


def _parameters(function: Callable[..., Any], name: str) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError) as error:
        message = f"lens {name}: its signature can't be read ({error})"
        raise LensError(message) from error


def _resolve_hints(get: Callable[..., Any], name: str) -> dict[str, Any]:
    target: Any = get.func if isinstance(get, partial) else get
    if not hasattr(target, "__annotations__"):
        target = type(target).__call__
    try:
        return typing.get_type_hints(target, localns=_Names(_scopes(target)))
    except NameError as error:
        message = (
            f"lens {name}: its annotations name {error.name!r}, which is not defined here; define "
            "the class first (not only under TYPE_CHECKING), or give source_type= and view_type="
        )
        raise LensError(message) from error
    except (TypeError, SyntaxError, AttributeError) as error:
        message = f"lens {name}: its annotations can't be resolved: {error}"
        raise LensError(message) from error


def _require_class(hints: dict[str, Any], key: str, what: str, name: str) -> type:
    if key not in hints:
        message = (
            f"lens {name}: {what} needs a type annotation, as in "
            f"def {name}(source: Source) -> View; or give source_type= and view_type="
        )
        raise LensError(message)
    hint = hints[key]
    if not isinstance(hint, type) or hint is type(None) or typing.get_args(hint):
        shown = "None" if hint is type(None) else hint
        message = f"lens {name}: {what} is annotated {shown}, which is not a sample class"
        raise LensError(message)
    return hint


class _Names(dict[str, Any]):
    """Names looked up scope by scope, and only when an annotation asks."""

    def __init__(self, scopes: Iterator[dict[str, Any]]) -> None:
        super().__init__()
        self._scopes = scopes

    def __missing__(self, name: str) -> Any:
        for scope in self._scopes:
            self.update({key: value for key, value in scope.items() if key not in self})
            if name in self:
                return self[name]
        raise KeyError(name)


def _scopes(function: Any) -> Iterator[dict[str, Any]]:
    function = inspect.unwrap(function)
    yield _closure(function)
    module_names = getattr(function, "__globals__", {})
    if "<locals>" in getattr(function, "__qualname__", ""):
        yield from _running_functions(module_names)
    yield module_names


def _closure(function: Any) -> dict[str, Any]:
    cells = getattr(function, "__closure__", None) or ()
    code = getattr(function, "__code__", None)
    names = code.co_freevars if code is not None else ()
    found = {}
    for name, cell in zip(names, cells, strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # a variable that is not set yet
            continue
    return found


def _running_functions(module_names: dict[str, Any]) -> Iterator[dict[str, Any]]:
    # A class of the enclosing function that the body doesn't use is in no closure; the frame
    # that is defining the lens has it. Only frames of the same module are asked.
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    for _ in range(NEARBY_FRAMES):
        if frame is None:
            return
        if frame.f_globals is module_names and frame.f_locals is not module_names:
            yield dict(frame.f_locals)
        frame = frame.f_back
