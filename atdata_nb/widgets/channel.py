"""A channel: requests from the page, each with its number, each answered or refused by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget

from atdata_nb.views.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

Answer = tuple[dict[str, Any], list[bytes]]


class Channel(anywidget.AnyWidget):
    """A widget whose page asks for data by messages ``{id, kind, …}``.

    The answer is ``{id, answer}`` with its buffers, or ``{id, error: {kind, text}}``: a request
    that fails is shown where its answer would have been, and can be asked again.
    """

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._receive)

    def answer(self, request: dict[str, Any]) -> Answer:
        """Return the answer to one request, and its buffers."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["text/html"] = self._static()
        return bundle

    def _static(self) -> str:
        """Return what a reader sees who has no kernel."""
        raise NotImplementedError

    def _receive(self, _widget: object, request: Any, _buffers: Sequence[memoryview]) -> None:
        number = request.get("id") if isinstance(request, dict) else None
        if not isinstance(number, int):
            return  # not one of ours: other front ends send events of their own
        if request.get("kind") == "ping":
            self.send({"id": number, "answer": {}})
            return
        try:
            answer, buffers = self.answer(request)
        except Exception as error:  # noqa: BLE001 - the page says it in place, with a way to retry
            self.send({"id": number, "error": said(error)})
        else:
            self.send({"id": number, "answer": answer}, buffers)


def said(error: BaseException) -> dict[str, str]:
    """Return an error as the page shows it."""
    return {"kind": type(error).__name__, "text": visible(str(error), 1_000)}
