"""Missing lenses: what to tell somebody whose types no lens, or more than one way, connects."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.lenses.definitions import Definition, definition_of, place_of, type_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from atdata_nb.lenses.lens import Lens
    from atdata_nb.lenses.paths import PricedEdge

NAMED: Final = 5


def explain_missing(edges: Iterable[PricedEdge[Any]], source: type, view: type) -> str:
    """Say how far one comes from a type, from where one reaches the other, and what to do."""
    known = list(edges)
    start, end = type_name(source), type_name(view)
    onward = _reach({(edge.start, edge.end) for edge in known}, definition_of(source))
    backward = _reach({(edge.end, edge.start) for edge in known}, definition_of(view))
    sentences = [f"no lens leads from {start} to {end}"]
    sentences.append(f"from {start} one comes to {_name_all(onward) or 'no other type'}")
    sentences.append(f"{end} can be reached from {_name_all(backward) or 'no other type'}")
    if _namesake(known, source, view):
        sentences.append(
            "a lens of types with these names exists, but for other definitions of them: run the "
            "cell that defines it again"
        )
    sentences.append(
        f"write a lens (@lens def …(sample: {start}) -> {end}), or, to copy the fields of the "
        f"same name, ask for that: structural_lens({start}, {end})"
    )
    return "; ".join(sentences)


def explain_stale(lens: Lens[Any, Any], source: type, view: type) -> str:
    """Say for which earlier class a lens was written, and what to do."""
    changes = []
    for now, then in ((source, lens.source_type), (view, lens.view_type)):
        if definition_of(now) != definition_of(then):
            changes.append(
                f"{type_name(now)} ({definition_of(now).changes_from(definition_of(then))})"
            )
    return (
        f"lens {lens.name} was written for an earlier definition of {' and '.join(changes)}; run "
        f"the cell that defines {lens.name} again, or remove it with "
        f"LensNetwork.default().unregister({lens.name!r})"
    )


def explain_ambiguous(
    ways: Sequence[tuple[Lens[Any, Any], ...]], source: type, view: type, *, shown: int
) -> str:
    """Name the equally cheap ways, and say how to choose."""
    named = [" | ".join(lens.name for lens in way) for way in ways[:shown]]
    more = " and more" if len(ways) > shown else ""
    return (
        f"several ways of the same cost lead from {type_name(source)} to {type_name(view)}: "
        f"{'; '.join(named)}{more}; use one of them itself, register the one you mean at a lower "
        "cost (register(…, cost=0.5)), or unregister the other"
    )


def _reach(ways: Iterable[tuple[Hashable, Hashable]], start: Hashable) -> list[Hashable]:
    outgoing: dict[Hashable, list[Hashable]] = {}
    for here, there in ways:
        outgoing.setdefault(here, []).append(there)
    seen, queue = {start: None}, deque([start])
    while queue:
        for node in outgoing.get(queue.popleft(), ()):
            if node not in seen:
                seen[node] = None
                queue.append(node)
    return list(seen)[1:]


def _name_all(nodes: Iterable[Hashable]) -> str:
    names = sorted({node.name for node in nodes if isinstance(node, Definition)})
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _namesake(edges: Iterable[PricedEdge[Any]], source: type, view: type) -> bool:
    """Whether a lens is about an earlier definition of one of the two types."""
    wanted = (definition_of(source), definition_of(view))
    places = (place_of(source), place_of(view))
    nodes = {node for edge in edges for node in (edge.start, edge.end)}
    return any(
        isinstance(node, Definition) and node.place in places and node not in wanted
        for node in nodes
    )
