"""Spaces: what is active, drawn, checked, written down, counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litmus.domains import Choice, Condition, Float, Int, When
from litmus.errors import ParameterError
from litmus.search import Space

LETTERS = "abcdef"


@st.composite
def domains(draw):
    kind = draw(st.sampled_from(["int", "float", "choice"]))
    if kind == "choice":
        values = draw(st.lists(st.sampled_from([0, 1, 2.5, "a", "b", "", None, True, False]), min_size=1, max_size=6))
        unique = []
        for value in values:
            if not any(type(value) is type(known) and value == known for known in unique):
                unique.append(value)
        return Choice(*unique)
    log = draw(st.booleans())
    if kind == "int":
        low = draw(st.integers(1 if log else -1000, 1000))
        return Int(low, low + draw(st.integers(0, 1000)), log=log)
    low = draw(st.floats(1e-9 if log else -1e6, 1e6))
    return Float(low, low + draw(st.floats(0, 1e6)), log=log)


@st.composite
def spaces(draw):
    names = LETTERS[: draw(st.integers(0, len(LETTERS)))]
    parameters = {name: draw(domains()) for name in names}
    conditions = {}
    for place, name in enumerate(names[1:], 1):
        if draw(st.booleans()):
            parent = draw(st.sampled_from(names[:place]))
            value = parameters[parent].from_unit(draw(st.floats(0, 1)))
            conditions[name] = Condition(parent, (value,))
    return Space(parameters, conditions)


@settings(deadline=None)
@given(spaces(), st.integers(0, 2**32))
def test_what_is_drawn_fits_and_survives_json(space, seed):
    import json

    drawn = space.sample(np.random.default_rng(seed))
    space.check(drawn)
    assert set(drawn) == set(space.active(drawn))
    again = space.from_json(json.loads(json.dumps(space.to_json(drawn))))
    assert again == drawn
    assert [type(value) for value in again.values()] == [type(value) for value in drawn.values()]
    assert space.key(again) == space.key(drawn)
    space.check(space.default)


@settings(deadline=None)
@given(domains(), st.floats(0, 1))
def test_places_and_values_belong_together(domain, place):
    value = domain.from_unit(place)
    assert domain.contains(value)
    assert 0 <= domain.to_unit(value) <= 1
    again = domain.from_unit(domain.to_unit(value))
    if isinstance(domain, Float):
        assert again == pytest.approx(value, rel=1e-6, abs=1e-6 * max(1.0, abs(domain.high)))
    else:
        assert again == value


@settings(max_examples=50, deadline=None)
@given(spaces())
def test_points_are_all_settings_once(space):
    if space.size > 500:
        return
    points = list(space.points())
    assert len(points) == space.size
    assert len({space.key(point) for point in points}) == len(points)
    for point in points:
        space.check(point)


def test_whole_numbers_are_equally_likely():
    drawn = [Int(1, 4).from_unit(place) for place in np.linspace(0, 1, 4001)]
    assert np.bincount(drawn)[1:].tolist() == pytest.approx([1000] * 4, abs=2)


def test_a_chain_of_conditions_switches_off_what_hangs_on_it():
    space = Space(
        {"c": Float(0, 1), "b": Choice("x", "y"), "a": Choice(1, 2)},
        {"b": Condition("a", (2,)), "c": Condition("b", ("y",))},
    )
    assert space.order == ("a", "b", "c")
    assert space.active({"a": 1}) == ("a",)
    assert space.active({"a": 2, "b": "y", "c": 0.5}) == ("a", "b", "c")
    assert space.default == {"a": 1}


def test_a_condition_on_a_range():
    space = Space({"depth": Int(1, 10), "leaf": Int(1, 9)}, {"leaf": Condition("depth", (Int(5, 10),))})
    assert space.active({"depth": 4}) == ("depth",)
    assert space.active({"depth": 5}) == ("depth", "leaf")


def test_choices_may_be_anything():
    arrays = Choice(np.zeros(2), [1], {"a": 1}, print, None, True, 1)
    space = Space({"x": arrays})
    for place, value in enumerate(arrays.values):
        assert arrays.position(value) == place
        assert space.to_json({"x": value}) == {"x": {"choice": place}}
        assert space.from_json({"x": {"choice": place}})["x"] is value


def test_none_and_zero_may_be_defaults_beside_a_range():
    space = Space({"share": Float(0.1, 1.0), "l1": Float(1e-8, 1.0, log=True)}, defaults={"share": None, "l1": 0.0})
    assert space.default == {"share": None, "l1": 0.0}
    assert space.from_json(space.to_json(space.default)) == space.default
    with pytest.raises(ParameterError, match="outside its range"):
        space.check({"share": 0.05, "l1": 0.5})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Int(8, 3), r"Int\(8, 3\) is empty: low is above high; swap them"),
        (lambda: Float(1.0, 0.5), "low is above high"),
        (lambda: Float(0.0, 1.0, log=True), "log scale from 0.0; start above 0"),
        (lambda: Int(0, 5, log=True), "start at 1 or above"),
        (lambda: Int(1.5, 3), "whole numbers"),
        (lambda: Int(True, 3), "whole numbers"),
        (lambda: Float(0, float("nan")), "finite numbers"),
        (lambda: Float("a", 1), "finite numbers"),
        (Choice, "is empty"),
        (lambda: When("a", "b", 3), "has no range"),
        (lambda: When("a", [], Int(1, 2)), "would never hold"),
        (lambda: Space({"a": 3}), "'a' has the range 3"),
        (lambda: Space({"depth": Int(1, 2)}, {"leaf": Condition("depth", (1,))}), "'leaf', which is no parameter"),
        (lambda: Space({"leaf": Int(1, 2)}, {"leaf": Condition("leav", (1,))}), "Did you mean 'leaf'"),
        (lambda: Space({"a": Int(1, 2), "b": Int(1, 2)}, {"b": Condition("a", (3,))}), "never is"),
        (lambda: Space({"a": Float(1, 2), "b": Int(1, 2)}, {"b": Condition("a", (3.0,))}), "never is"),
        (
            lambda: Space({"a": Int(1, 2), "b": Int(1, 2)}, {"b": Condition("a", (1,)), "a": Condition("b", (1,))}),
            "in a circle",
        ),
        (lambda: Space({"a": Int(1, 2)}, defaults={"a": 5}), r"default 5 of 'a' is outside its range, Int\(1, 2\)"),
        (lambda: Space({"a": Int(1, 2)}, defaults={"b": 5}), "'b', which is no parameter"),
        (lambda: Space({"a": Int(1, 2)}).check({"a": 3}), "a=3 is outside its range"),
        (lambda: Space({"a": Int(1, 2)}).check({"a": True}), "outside its range"),
        (lambda: Space({"a": Int(1, 2)}).check({}), "lack 'a'"),
        (lambda: Space({"a": Int(1, 2)}).check({"a": 1, "aa": 2}), "Did you mean 'a'"),
        (lambda: Space({"a": Choice(1, 2)}).from_json({"a": {"choice": 2}}), "no position"),
        (
            lambda: Space({"a": Int(1, 2), "b": Int(1, 2)}, {"b": Condition("a", (2,))}).check({"a": 1, "b": 1}),
            "counts only where 'a' is 2; leave it out",
        ),
    ],
)
def test_mistakes_get_one_sentence(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


def test_the_size_counts_what_conditions_switch():
    space = Space({"a": Choice(1, 2), "b": Int(1, 5), "c": Int(1, 3)}, {"b": Condition("a", (2,))})
    assert space.size == (1 + 5) * 3
    assert Space({}).size == 1
    assert Space({"x": Float(0, 1)}).size == float("inf")
