"""One parameter of a metric: its default, what is allowed, and the sentence that says so."""

from __future__ import annotations

import dataclasses
import math
import numbers
from typing import Any, Literal

from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["Parameter", "ParameterKind"]

ParameterKind = Literal["number", "whole", "choice", "class", "any"]


@dataclasses.dataclass(frozen=True)
class Parameter:
    """What a metric can be told.

    Attributes:
        name: the key in `Metric(name, {key: value})`.
        kind: "number", "whole" (number), "choice" (one of `choices`), "class" (a class label) or "any".
        default: the value used when none is given.
        required: whether a value must be given.
        above, minimum, maximum, below: bounds of numbers; `above` and `below` are excluded themselves. A whole number
            has a minimum.
        choices: the allowed words of a choice.
        help: one line for people.
    """

    name: str
    kind: ParameterKind
    default: Any = None
    required: bool = False
    above: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""

    @property
    def allowed(self) -> str:
        """What is allowed, in words: "a number above 0 and at most 1"."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "class":
            return "a class label"
        if self.kind == "any":
            return "any value"
        if self.kind == "whole":
            return f"a whole number from {self.minimum:g}" + (f" to {self.maximum:g}" if self.maximum else "")
        words = {"above": self.above, "at least": self.minimum, "at most": self.maximum, "below": self.below}
        bounds = " and ".join(f"{word} {bound:g}" for word, bound in words.items() if bound is not None)
        return f"a number {bounds}".strip()

    def check(self, owner: str, value: Any) -> Any:
        """The value as a plain Python one, or ParameterError when it is not allowed."""
        if self.kind == "any" or (value is None and not self.required and self.default is None):
            return value
        if self.kind == "class":
            return self._check_class(owner, value)
        if self.kind == "choice":
            return self._check_choice(owner, value)
        return self._check_number(owner, value)

    def _refuse(self, owner: str, value: Any, hint: str = "") -> ParameterError:
        return ParameterError(f"{owner}: {self.name} must be {self.allowed}, not {value!r}.{hint}")

    def _check_class(self, owner: str, value: Any) -> Any:
        plain = value.item() if hasattr(value, "item") else value
        if not isinstance(plain, str | int | float):
            raise self._refuse(owner, value)
        return plain

    def _check_choice(self, owner: str, value: Any) -> str:
        if isinstance(value, str) and value in self.choices:
            return value
        close = nearest(str(value), self.choices)
        raise self._refuse(owner, value, f" Did you mean {close!r}?" if close else "")

    def _check_number(self, owner: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
            raise self._refuse(owner, value)
        plain: float = int(value) if isinstance(value, numbers.Integral) else float(value)
        outside = (
            (self.above is not None and plain <= self.above)
            or (self.minimum is not None and plain < self.minimum)
            or (self.maximum is not None and plain > self.maximum)
            or (self.below is not None and plain >= self.below)
        )
        if outside or (self.kind == "whole" and plain != int(plain)):
            raise self._refuse(owner, value)
        return int(plain) if self.kind == "whole" else plain
