"""What differs between two models or runs: in data, code, parameters, environment and scores."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Literal

from litmus.lineage.differences import (
    code_differences,
    data_differences,
    environment_differences,
    parameter_differences,
    score_differences,
)
from litmus.lineage.facts import of
from litmus.model import Model
from litmus.run import Run
from litmus.store import Store

__all__ = ["Comparison", "Difference", "compare"]

Section = Literal["data", "code", "parameters", "environment", "scores"]
SECTIONS: tuple[Section, ...] = ("data", "code", "parameters", "environment", "scores")


@dataclasses.dataclass(frozen=True)
class Difference:
    """One thing that differs.

    Attributes:
        section: "data", "code", "parameters", "environment" or "scores".
        what: its name: "rows", "column age", "numpy", "validation roc_auc".
        first, second: the values; None where there is none.
        sentence: the difference in words.
    """

    section: Section
    what: str
    first: Any
    second: Any
    sentence: str


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What differs between two models or runs.

    Attributes:
        first, second: what they are called.
        differences: everything that differs, by section.
    """

    first: str
    second: str
    differences: tuple[Difference, ...]

    def of(self, section: Section) -> tuple[Difference, ...]:
        """The differences of one section."""
        return tuple(one for one in self.differences if one.section == section)

    @property
    def same(self) -> bool:
        """Whether nothing that is recorded differs."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        sections = {
            section: [
                {"what": one.what, "first": one.first, "second": one.second, "sentence": one.sentence}
                for one in self.of(section)
            ]
            for section in SECTIONS
        }
        plain: dict[str, Any] = json.loads(json.dumps(sections, default=str))
        return {"first": self.first, "second": self.second, "same": self.same, **plain}

    def __repr__(self) -> str:
        if self.same:
            return f"{self.first} and {self.second}: nothing that is recorded differs."
        lines = [f"{self.first} and {self.second}"]
        for section in SECTIONS:
            found = self.of(section)
            lines.append(f"{section}:" + ("" if found else " the same"))
            lines += [f"  {one.sentence}" for one in found]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{one.section}</td><td>{escape(one.what)}</td><td>{escape(_short(one.first))}</td>"
            f"<td>{escape(_short(one.second))}</td></tr>"
            for one in self.differences
        )
        head = f"<tr><th></th><th></th><th>{escape(self.first)}</th><th>{escape(self.second)}</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def compare(a: str | Path | Model | Run, b: str | Path | Model | Run, *, store: Store | None = None) -> Comparison:
    """Compare two models or two runs.

    Args:
        a, b: versions, names, "adult@champion", models, paths of files, runs or their ids.
        store: where they are looked up; the default store if left out.

    Raises:
        UnknownNameError: when there is no such model or run.

    Example:
        >>> import litmus, litmus.lineage
        >>> rows = [{"size": size, "price": 3 * size} for size in range(200)]
        >>> options = {"target": "price", "callbacks": [], "executor": "in_process"}
        >>> first = litmus.train(rows, algorithm="LinearModel", **options)
        >>> second = litmus.train(rows, algorithm="LinearModel", seed=1, **options)
        >>> [one.sentence for one in litmus.lineage.compare(first.best, second.best).of("parameters")]
        ['seed: 0, then 1']
    """
    store = Store() if store is None else store
    first, second = of(a, store=store), of(b, store=store)
    return compare_facts(first, second, _called(a, first), _called(b, second))


def compare_facts(first: Mapping[str, Any], second: Mapping[str, Any], name: str, other: str) -> Comparison:
    """Compare two lineages.

    Args:
        first, second: the lineages.
        name, other: what they are called.
    """
    makers = {
        "data": data_differences,
        "code": code_differences,
        "parameters": parameter_differences,
        "environment": environment_differences,
        "scores": score_differences,
    }
    found = []
    for section in SECTIONS:
        listed: Iterator[tuple[str, Any, Any, str]] = makers[section](first, second)
        found += [Difference(section, *one) for one in listed]
    return Comparison(name, other, tuple(found))


def _called(reference: Any, facts: Mapping[str, Any]) -> str:
    if isinstance(reference, Model | Run):
        return str(facts.get("version") or facts.get("run") or facts.get("name"))
    return str(reference)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 80 else text[:79] + "…"
