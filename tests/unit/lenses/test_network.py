"""The network: cheapest paths, re-run notebook cells, threads."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from dataclasses import make_dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb.errors import AmbiguousLensError, LensError, LensNotFoundError
from atdata_nb.lenses import (
    DecodingLens,
    Lens,
    LensNetwork,
    identity_lens,
    lens,
    structural_lens,
    transform,
)
from atdata_nb.samples import DictSample, packable
from atdata_nb.schemas import schema_from_type, schema_to_type


@packable
class A:
    n: int


@packable
class B:
    n: int


@packable
class C:
    n: int


@packable
class D:
    n: int


@packable
class Far:
    text: str


def step(source: type, view: type, name: str, add: int = 1) -> Lens[Any, Any]:
    return Lens(
        lambda s: view(s.n + add),
        lambda v, s: type(s)(v.n - add),
        name=name,
        source_type=source,
        view_type=view,
    )


@pytest.fixture
def network() -> LensNetwork:
    return LensNetwork.fresh()


def run_cell(source: str, names: dict[str, Any]) -> None:
    """Run a notebook cell: every run makes its classes and functions anew."""
    exec(compile(source, "<cell>", "exec", dont_inherit=True), names)  # noqa: S102


IMPORTS = """
import numpy as np
from numpy.typing import NDArray
from atdata_nb.lenses import Lens, lens
from atdata_nb.samples import packable
"""
CLASS_A = """
@packable
class Photo:
    n: int
"""
CLASS_B = """
@packable
class Thumb:
    n: int
"""
LENS = """
@lens(network=network)
def shrink(sample: Photo) -> Thumb:
    return Thumb(sample.n + 1000)

@shrink.putter
def grow(view: Thumb, source: Photo) -> Photo:
    return Photo(view.n - 1000)
"""


@pytest.fixture
def notebook(network: LensNetwork) -> dict[str, Any]:
    names = {"__name__": "a_notebook", "network": network}
    for cell in (IMPORTS, CLASS_A, CLASS_B, LENS):
        run_cell(cell, names)
    return names


# Paths.


def test_a_registered_lens_is_found_as_itself(network: LensNetwork) -> None:
    one = step(A, B, "one")
    network.register(one)
    assert network.transform(A, B) is one


def test_a_type_leads_to_itself(network: LensNetwork) -> None:
    sample = A(1)
    assert network.transform(A, A)(sample) is sample


def test_a_path_is_composed_in_order_both_ways(network: LensNetwork) -> None:
    network.register(step(A, B, "a-b", 10))
    network.register(step(B, C, "b-c", 100))
    found = network.transform(A, C)
    assert found(A(0)) == C(110)
    assert found.put(C(111), A(0)) == A(1)
    assert [part.name for part in found.steps] == ["a-b", "b-c"]


def test_the_cheapest_path_is_taken_though_another_is_shorter(network: LensNetwork) -> None:
    network.register(step(A, C, "direct"), cost=3)
    network.register(step(A, B, "a-b", 10))
    network.register(step(B, C, "b-c", 100))
    assert network.transform(A, C)(A(0)) == C(110)


def test_the_shortest_path_is_taken_where_costs_are_left_alone(network: LensNetwork) -> None:
    network.register(step(A, B, "a-b", 10))
    network.register(step(B, C, "b-c", 100))
    network.register(step(A, C, "direct", 1))
    assert network.transform(A, C)(A(0)) == C(1)


def test_paths_of_equal_cost_are_refused_by_name(network: LensNetwork) -> None:
    for source, view, name in [(A, B, "p"), (B, D, "q"), (A, C, "r"), (C, D, "s")]:
        network.register(step(source, view, name))
    with pytest.raises(AmbiguousLensError, match=r"from A to D: p \| q; r \| s"):
        network.transform(A, D)


def test_costs_that_add_up_to_the_same_are_equal_though_floats_are_not(
    network: LensNetwork,
) -> None:
    network.register(step(A, B, "p"), cost=0.1)
    network.register(step(B, C, "q"), cost=0.2)
    network.register(step(A, C, "r"), cost=0.3)
    with pytest.raises(AmbiguousLensError):
        network.transform(A, C)


def test_two_lenses_between_the_same_types_are_ambiguous_until_one_is_cheaper_or_gone(
    network: LensNetwork,
) -> None:
    left, right = step(A, B, "left", 1), step(A, B, "right", 2)
    network.register(left)
    network.register(right)
    with pytest.raises(AmbiguousLensError, match="left; right"):
        network.transform(A, B)
    network.register(right, cost=0.5)
    assert network.transform(A, B) is right
    network.unregister(right)
    assert network.transform(A, B) is left
    network.unregister("left")
    assert len(network) == 0


def test_many_paths_of_equal_cost_are_named_in_part(network: LensNetwork) -> None:
    chain = [A, B, C, D]
    for source, view in pairwise(chain):
        for number in range(30):
            network.register(step(source, view, f"{source.__name__}{number}"))
    with pytest.raises(AmbiguousLensError, match="and more"):
        network.transform(A, D)


def test_a_circle_of_lenses_is_no_trap(network: LensNetwork) -> None:
    for source, view, name in [(A, B, "ab"), (B, A, "ba"), (B, B, "bb"), (B, C, "bc")]:
        network.register(step(source, view, name))
    assert [part.name for part in network.transform(A, C).steps] == ["ab", "bc"]


def test_a_missing_lens_names_the_nearest_ones_and_the_way_out(network: LensNetwork) -> None:
    network.register(step(A, B, "ab"))
    network.register(step(C, D, "cd"))
    with pytest.raises(LensNotFoundError) as caught:
        network.transform(A, D)
    message = str(caught.value)
    assert "no lens leads from A to D" in message
    assert "from A one comes to B" in message
    assert "D can be reached from C" in message
    assert "structural_lens(A, D)" in message


def test_a_missing_lens_is_a_value_error_as_in_the_published_package(
    network: LensNetwork,
) -> None:
    with pytest.raises(ValueError, match="no lens leads"):
        network.transform(A, B)


def test_types_of_the_same_fields_are_not_the_same_type(network: LensNetwork) -> None:
    """TRAPS C4."""
    with pytest.raises(LensNotFoundError):
        network.transform(A, B)


@pytest.mark.parametrize("cost", [0, -1, float("nan"), float("inf"), 1e-12])
def test_a_cost_is_a_number_above_zero(network: LensNetwork, cost: float) -> None:
    with pytest.raises(LensError, match="its cost"):
        network.register(step(A, B, "ab"), cost=cost)


def test_unregistering_what_is_not_there_says_what_is(network: LensNetwork) -> None:
    network.register(step(A, B, "ab"))
    with pytest.raises(LensNotFoundError, match="no lens ba is registered here; there are: ab"):
        network.unregister("ba")


def test_the_network_says_what_is_in_it(network: LensNetwork) -> None:
    assert repr(network) == "LensNetwork of 0 lenses"
    network.register(step(A, B, "ab"))
    network.register(step(B, C, "bc"), cost=2.5)
    assert repr(network) == "LensNetwork of 2 lenses:\n  ab: A → B\n  bc: B → C (cost 2.5)"
    assert [part.name for part in network] == ["ab", "bc"]


# The network of the process.


def test_the_constructor_gives_the_one_network_as_in_the_published_package() -> None:
    assert LensNetwork() is LensNetwork()
    assert LensNetwork() is LensNetwork.default()
    assert LensNetwork.fresh() is not LensNetwork()


def test_a_decorated_function_is_registered_there() -> None:
    @packable
    class OnlyHere:
        n: int

    @lens
    def to_far(sample: OnlyHere) -> Far:
        return Far(str(sample.n))

    try:
        assert to_far in LensNetwork()
        assert transform(OnlyHere, Far) is to_far
    finally:
        LensNetwork().unregister(to_far)


def test_the_decorator_takes_a_name_and_a_cost(network: LensNetwork) -> None:
    @lens(name="numbered", cost=7, network=network)
    def to_far(sample: A) -> Far:
        return Far(str(sample.n))

    assert to_far.name == "numbered"
    assert [item.cost for item in network.registered] == [7]


# Untyped samples.


def test_an_untyped_sample_is_decoded_as_any_type_without_a_registered_lens(
    network: LensNetwork,
) -> None:
    decode = network.transform(DictSample, A)
    assert decode(DictSample(n=3)) == A(3)
    assert decode.put(A(4), DictSample(n=3)) == DictSample(n=4)
    assert isinstance(decode, DecodingLens)
    assert len(network) == 0


def test_arrays_of_untyped_samples_are_decoded(network: LensNetwork) -> None:
    @packable
    class Grid:
        values: NDArray[np.float32]

    grid = Grid(np.ones((2, 2), np.float32))
    raw = DictSample.from_bytes(grid.packed)
    assert network.transform(DictSample, Grid)(raw) == grid


def test_an_untyped_sample_goes_on_through_registered_lenses(network: LensNetwork) -> None:
    own = Lens(lambda s: A(s["k"]), source_type=DictSample, view_type=A, name="own")
    network.register(own)
    network.register(step(A, B, "ab"))
    assert network.transform(DictSample, A) is own
    assert network.transform(DictSample, B)(DictSample(n=3)) == B(3)


def test_no_path_leads_through_untyped_samples(network: LensNetwork) -> None:
    untype = Lens(lambda s: DictSample(n=s.n), source_type=A, view_type=DictSample, name="untype")
    network.register(untype)
    with pytest.raises(LensNotFoundError):
        network.transform(A, B)


# Re-run cells.


def test_running_the_cell_of_a_class_again_does_not_bypass_the_lens(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    """TRAPS C4: the published package gave 1 instead of 1001."""
    run_cell(CLASS_A, notebook)
    found = network.transform(notebook["Photo"], notebook["Thumb"])
    assert found(notebook["Photo"](1)) == notebook["Thumb"](1001)
    assert found.put(notebook["Thumb"](1005), notebook["Photo"](1)) == notebook["Photo"](5)


def test_running_the_cell_of_the_view_again_gives_samples_of_the_new_class(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    run_cell(CLASS_B, notebook)
    found = network.transform(notebook["Photo"], notebook["Thumb"])
    assert type(found(notebook["Photo"](1))) is notebook["Thumb"]


def test_a_lens_that_still_makes_the_old_class_has_its_samples_converted(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    old = notebook["Thumb"]
    network.unregister("shrink")
    network.register(
        Lens(lambda s: old(s.n), source_type=notebook["Photo"], view_type=old, name="bound")
    )
    run_cell(CLASS_B, notebook)
    seen = network.transform(notebook["Photo"], notebook["Thumb"])(notebook["Photo"](1))
    assert type(seen) is notebook["Thumb"]
    assert seen.n == 1


def test_a_chain_over_classes_run_again_is_followed(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    network.register(step(notebook["Thumb"], B, "to B"))
    run_cell(CLASS_A + CLASS_B, notebook)
    found = network.transform(notebook["Photo"], B)
    assert found(notebook["Photo"](1)) == B(1002)
    assert type(found.put(B(1002), notebook["Photo"](9))) is notebook["Photo"]


def test_a_lens_of_steps_is_followed_too(network: LensNetwork, notebook: dict[str, Any]) -> None:
    network.register(structural_lens(notebook["Photo"], B))
    run_cell(CLASS_A, notebook)
    found = network.transform(notebook["Photo"], B)
    assert found(notebook["Photo"](1)) == B(1)
    assert type(found.put(B(2), notebook["Photo"](1))) is notebook["Photo"]


def test_a_rebound_lens_is_pickled_without_the_classes_that_are_gone() -> None:
    program = (
        f"from atdata_nb.lenses import LensNetwork\nnetwork = LensNetwork.fresh()\n{IMPORTS}"
        f"{CLASS_A}{CLASS_B}{LENS}{CLASS_A}{CLASS_B}import pickle\n"
        "again = pickle.loads(pickle.dumps(network.transform(Photo, Thumb)))\n"
        "print(again(Photo(1)), again.put(Thumb(1002), Photo(1)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "Thumb(n=1001) Photo(n=2)\n"


def test_a_dataset_of_the_old_class_can_be_seen_as_the_new_one(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    old = notebook["Photo"]
    run_cell(CLASS_A, notebook)
    seen = network.transform(old, notebook["Photo"])(old(4))
    assert type(seen) is notebook["Photo"]
    assert seen.n == 4


def test_a_changed_class_asks_for_the_lens_cell_to_be_run_again(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    run_cell(CLASS_A + "    title: str = ''\n", notebook)
    with pytest.raises(LensNotFoundError) as caught:
        network.transform(notebook["Photo"], notebook["Thumb"])
    assert "lens shrink was written for an earlier definition of Photo (+title)" in str(
        caught.value
    )
    assert "run the cell that defines shrink again" in str(caught.value)
    run_cell(LENS, notebook)
    assert network.transform(notebook["Photo"], notebook["Thumb"])(notebook["Photo"](1)).n == 1001


def test_a_longer_way_does_not_silently_stand_in_for_a_lens_of_an_earlier_class(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    run_cell(CLASS_A + "    title: str = ''\n", notebook)
    photo, thumb = notebook["Photo"], notebook["Thumb"]
    network.register(step(photo, A, "detour"))
    network.register(step(A, thumb, "detour back"))
    with pytest.raises(LensNotFoundError, match="earlier definition of Photo"):
        network.transform(photo, thumb)


def test_decoding_does_not_silently_stand_in_for_a_lens_of_an_earlier_class(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    own = Lens(
        lambda s: notebook["Photo"](s["k"]),
        source_type=DictSample,
        view_type=notebook["Photo"],
        name="own",
    )
    network.register(own)
    run_cell(CLASS_A + "    title: str = ''\n", notebook)
    with pytest.raises(LensNotFoundError, match="lens own was written for an earlier"):
        network.transform(DictSample, notebook["Photo"])


def test_a_class_and_its_changed_successor_of_the_same_name_can_have_a_lens(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    old = notebook["Photo"]
    run_cell(CLASS_A + "    title: str = ''\n", notebook)
    new = notebook["Photo"]
    network.register(
        Lens(lambda s: new(s.n, "old"), source_type=old, view_type=new, name="upgrade")
    )
    assert network.transform(old, new)(old(1)) == new(1, "old")


def test_a_lens_in_a_module_with_postponed_annotations_is_not_bypassed(
    network: LensNetwork,
) -> None:
    """TRAPS C4: this module has them."""

    @lens(network=network)
    def plus(sample: A) -> B:
        return B(sample.n + 1000)

    assert network.transform(A, B)(A(1)) == B(1001)


def define_and_use(network: LensNetwork) -> tuple[type, Lens[Any, Any]]:
    @packable
    class Photo:
        n: int

    @lens(network=network)
    def shrink(sample: Photo) -> B:
        return B(sample.n)

    assert network.transform(Photo, B)(Photo(1)) == B(1)
    assert network.transform(DictSample, Photo)(DictSample(n=1)) == Photo(1)
    return Photo, shrink


def test_ten_thousand_definitions_of_a_class_and_its_lens_leave_one_of_each(
    network: LensNetwork,
) -> None:
    """TRAPS 4.3."""
    classes: weakref.WeakSet[type] = weakref.WeakSet()
    lenses: weakref.WeakSet[Lens[Any, Any]] = weakref.WeakSet()
    counts = set()
    for number in range(10_000):
        made, view = define_and_use(network)
        classes.add(made)
        lenses.add(view)
        del made, view
        if number % 1000 == 999:
            gc.collect()
            counts.add((len(network), len(lenses), len(classes)))
    assert counts == {(1, 1, 1)}


def test_definitions_with_ever_other_fields_leave_one_too(network: LensNetwork) -> None:
    classes: weakref.WeakSet[type] = weakref.WeakSet()
    for number in range(200):
        names: dict[str, Any] = {"__name__": "a_notebook", "network": network}
        run_cell(IMPORTS + CLASS_B, names)
        run_cell(CLASS_A + f"    extra{number}: int = 0\n" + LENS, names)
        classes.add(names["Photo"])
        del names
    gc.collect()
    assert len(network) == 1
    assert len(classes) == 1


def decoded(version: str, **fields: type) -> Any:
    made = make_dataclass("Sample", list(fields.items()))
    return schema_to_type(schema_from_type(packable(made), name="Sample", version=version))


def test_versions_of_a_schema_are_different_types_though_they_have_one_name(
    network: LensNetwork,
) -> None:
    old, new = decoded("1.0.0", n=int), decoded("2.0.0", n=int, text=str)

    def down(version: Any) -> Lens[Any, Any]:
        return Lens(lambda s: B(s.n), source_type=version, view_type=B, name="down")

    upgrade = Lens(lambda s: new(s.n, ""), source_type=old, view_type=new, name="upgrade")
    network.register(upgrade)
    network.register(down(new))
    assert network.transform(old, new)(old(1)) == new(1, "")
    assert network.transform(old, B)(old(1)) == B(1)
    network.register(down(old))
    assert len(network) == 3
    with pytest.raises(LensNotFoundError, match=r"from Sample@2\.0\.0 to Sample@1\.0\.0"):
        network.transform(new, old)


def test_a_way_through_the_earlier_definition_itself_is_meant(
    network: LensNetwork, notebook: dict[str, Any]
) -> None:
    old = notebook["Photo"]
    run_cell(CLASS_A + "    title: str = ''\n", notebook)
    new, thumb = notebook["Photo"], notebook["Thumb"]
    network.register(Lens(lambda s: old(s.n), source_type=new, view_type=old, name="downgrade"))
    assert network.transform(new, thumb)(new(1)) == thumb(1001)


def test_a_class_without_declared_fields_is_known_only_as_itself(network: LensNetwork) -> None:
    def make() -> type:
        class Foreign:
            pass

        return Foreign

    first, second = make(), make()
    network.register(Lens(lambda _s: B(1), source_type=first, view_type=B, name="foreign"))
    assert network.transform(first, B)(first()) == B(1)
    with pytest.raises(LensNotFoundError, match="no fields that could be compared"):
        network.transform(second, B)


def test_samples_that_hold_samples_are_told_apart_by_what_these_hold(
    network: LensNetwork,
) -> None:
    names: dict[str, Any] = {"__name__": "a_notebook", "network": network}
    holder = "@packable\nclass Holder:\n    photo: Photo\n"
    run_cell(IMPORTS + CLASS_A + holder, names)
    network.register(
        Lens(lambda _s: B(1), source_type=names["Holder"], view_type=B, name="look inside")
    )
    run_cell(CLASS_A + holder, names)
    assert network.transform(names["Holder"], B).name == "look inside"
    run_cell(CLASS_A + "    title: str = ''\n" + holder, names)
    with pytest.raises(LensNotFoundError, match="photo changed its type"):
        network.transform(names["Holder"], B)


def test_threads_may_register_and_look_up_at_once(network: LensNetwork) -> None:
    faults: list[BaseException] = []
    network.register(step(A, B, "ab"))

    def work(number: int) -> None:
        try:
            for turn in range(50):
                network.register(step(C, D, f"cd{number}-{turn}"))
                network.transform(A, B)
                list(network)
                network.unregister(f"cd{number}-{turn}")
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(network) == 1


def test_an_identity_may_be_registered_and_harms_nobody(network: LensNetwork) -> None:
    network.register(identity_lens(A))
    network.register(step(A, B, "ab"))
    assert network.transform(A, B)(A(1)) == B(2)
