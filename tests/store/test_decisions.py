"""Aliases, approvals and other decisions: each is kept with what was before, and can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from litmus.errors import ConflictError, ParameterError, StoreError, UnknownNameError
from litmus.store import Store
from small_model import Small


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "home")
    for _ in range(3):
        store.add_model(Small())
    return store


def test_an_alias_names_a_version_wherever_a_version_is_named(store: Store) -> None:
    decision = store.set_alias("adult-2", reason="better on every slice", who="ann")
    assert (decision.before, decision.after, decision.who) == (None, "adult-2", "ann")
    assert store.alias("adult") == "adult-2"
    assert store.find("adult@champion").version == "adult-2"
    assert store.path("adult@champion") == store.path("adult-2")
    assert store.aliases() == {"adult@champion": "adult-2"}
    assert store.set_alias("adult@champion", "staging").after == "adult-2"
    assert store.facts_of("adult-2").aliases == ("champion", "staging")


def test_the_one_who_comes_second_is_told_who_was_first(store: Store) -> None:
    store.set_alias("adult-1", who="ann")
    store.set_alias("adult-2", expected="adult-1", who="bob")
    with pytest.raises(ConflictError, match="means adult-2, not adult-1 as expected: bob was first"):
        store.set_alias("adult-3", expected="adult-1", who="cid")
    with pytest.raises(ConflictError, match="not none as expected"):
        store.set_alias("adult-3", expected=None)
    assert store.alias("adult") == "adult-2"
    assert [decision.after for decision in store.decisions("adult@champion")] == ["adult-1", "adult-2"]


def test_a_rejected_version_gets_no_alias_unless_by_force(store: Store) -> None:
    assert store.reject("adult-2", reason="unfair to the young").before == "none"
    with pytest.raises(StoreError, match="adult-2 was rejected"):
        store.set_alias("adult-2")
    assert store.alias("adult") is None
    assert store.set_alias("adult-2", force=True).facts == {"force": True}
    assert store.approve("adult-2").before == "rejected"
    assert store.facts_of("adult-2").approval == "approved"


def test_rolling_back_goes_to_what_was_before_each_time(store: Store) -> None:
    for version in ("adult-1", "adult-2", "adult-3"):
        store.set_alias(version)
    assert store.roll_back("adult").after == "adult-2"
    assert store.roll_back("adult").after == "adult-1"
    with pytest.raises(StoreError, match="no version to go back to"):
        store.roll_back("adult")
    store.set_alias("adult-3")
    assert store.roll_back("adult").after == "adult-1"


def test_rolling_back_passes_over_what_was_rejected_since(store: Store) -> None:
    for version in ("adult-1", "adult-2", "adult-3"):
        store.set_alias(version)
    store.reject("adult-2")
    assert store.roll_back("adult").after == "adult-1"


def test_a_decision_is_undone_once_and_only_while_it_stands(store: Store) -> None:
    first = store.set_alias("adult-1")
    second = store.set_alias("adult-2")
    undone = store.undo(second.id)
    assert (undone.before, undone.after, store.alias("adult")) == ("adult-2", "adult-1", "adult-1")
    with pytest.raises(StoreError, match="undone already"):
        store.undo(second.id)
    store.set_alias("adult-3")
    with pytest.raises(ConflictError, match="adult-3"):
        store.undo(first.id)
    approved = store.approve("adult-3")
    assert store.undo(approved.id).after == "none"
    assert store.facts_of("adult-3").approval == "none"
    with pytest.raises(UnknownNameError, match="no decision"):
        store.undo("nothing")


def test_undoing_the_first_alias_takes_it_away(store: Store) -> None:
    store.undo(store.set_alias("adult-1").id)
    assert store.alias("adult") is None
    with pytest.raises(UnknownNameError, match="none yet"):
        store.find("adult@champion")


def test_what_is_only_a_note_cannot_be_undone(store: Store) -> None:
    note = store.decide("gate", "income", after="refused", facts={"slices": 2})
    assert store.decisions("income", what="gate") == [note]
    with pytest.raises(StoreError, match="only a note"):
        store.undo(note.id)


def test_names_that_are_not_there_are_said(store: Store) -> None:
    store.set_alias("adult-1")
    with pytest.raises(UnknownNameError, match="Did you mean 'adult@champion'"):
        store.find("adult@champoin")
    with pytest.raises(ParameterError, match="no alias"):
        store.set_alias("adult-1", "Champion!")
    with pytest.raises(UnknownNameError, match="There is no model"):
        store.set_alias("adult-9")


def test_looking_makes_no_database(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    assert store.aliases() == {}
    assert store.decisions() == store.runs() == store.alarms() == store.reviews() == store.events() == []
    assert not store.home.exists()


def test_what_other_machines_serve_is_known(store: Store) -> None:
    store.put_endpoint("income", ["adult-1", "adult-2"])
    assert store.endpoints_serving("adult-1") == ["income"]
    assert store.facts_of("adult-2").endpoints == ("income",)
    store.put_endpoint("income", [])
    assert store.endpoints_serving("adult-1") == []
