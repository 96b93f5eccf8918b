"""An algorithm's name for every task: `XGBoost` stands for its classifier and its regressor."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from litmus.algorithms.base import Algorithm, Classifier, Regressor
from litmus.component import Range, When, check_parameter_names, check_ranges
from litmus.errors import ParameterError
from litmus.task import TaskKind, is_classification

__all__ = ["Family"]


class Family:
    """A named algorithm before the task is known; `for_task` makes the classifier or regressor.

    Example:
        >>> from litmus.algorithms import XGBoost
        >>> XGBoost().hyperparams(max_depth=5)
        XGBoost(max_depth=5)
    """

    classifier: ClassVar[type[Classifier] | None] = None
    regressor: ClassVar[type[Regressor] | None] = None

    def __init__(self, **values: Any) -> None:
        for cls in self._classes():
            check_parameter_names(type(self).__name__, values, self.parameters())
            own = {name: value for name, value in values.items() if name in cls.parameters()}
            cls(**own)  # checks the values now, not when training has begun
        self.values = values
        self._ranges: dict[str, Any] = {}

    @classmethod
    def _classes(cls) -> list[type[Algorithm]]:
        return [kind for kind in (cls.classifier, cls.regressor) if kind is not None]

    @classmethod
    def parameters(cls) -> dict[str, Any]:
        """The parameters of the classifier and the regressor, by name."""
        return {name: field for kind in cls._classes() for name, field in kind.parameters().items()}

    @classmethod
    def domains(cls) -> dict[str, Range]:
        """The declared search range of each parameter that has one."""
        return {name: domain for kind in cls._classes() for name, domain in kind.domains().items()}

    def hyperparams(self, **values: Any) -> Self:
        """A copy with some parameters changed; raises ParameterError for an unknown name or a bad value."""
        copy = type(self)(**{**self.values, **values})
        vars(copy)["_ranges"] = self._ranges
        return copy

    def search(self, **ranges: Any) -> Self:
        """A copy that tells a search what to try; parameters that `hyperparams` has set stay as they are unless named here.

        Args:
            ranges: parameter → `Int`, `Float` or `Choice` to try instead of the declared range; `When(…)` to try it only
                where another parameter has some value; None to leave the parameter as it is; any other value to fix it.

        Raises:
            ParameterError: when a name is not a parameter, a range holds values that are not allowed, or a condition
                names no parameter.

        Example:
            >>> from litmus import Int
            >>> from litmus.algorithms import XGBoost
            >>> XGBoost().search(max_depth=Int(3, 8), learning_rate=0.1)
            XGBoost(learning_rate=0.1).search(max_depth=Int(3, 8), learning_rate=None)
        """
        check_ranges(type(self).__name__, ranges, self.parameters())
        for cls in self._classes():
            own = {name: tried for name, tried in ranges.items() if name in cls.parameters()}
            cls(**{name: value for name, value in self.values.items() if name in cls.parameters()}).search(
                **{
                    name: tried.domain if isinstance(tried, When) and tried.parameter not in cls.parameters() else tried
                    for name, tried in own.items()
                }
            )
        fixed = {name: value for name, value in ranges.items() if value is not None and not isinstance(value, Range)}
        copy = self.hyperparams(**fixed)
        vars(copy)["_ranges"] = {
            **self._ranges,
            **{name: tried if isinstance(tried, Range) else None for name, tried in ranges.items()},
        }
        return copy

    def ranges(self, task: TaskKind) -> dict[str, Range]:
        """What a search tries for this task: the declared ranges of parameters that were not set, changed by `search`."""
        cls = type(self.for_task(task))
        left = {name: tried for name, tried in cls.domains().items() if name not in self.values}
        merged = {**left, **{name: tried for name, tried in self._ranges.items() if name in cls.parameters()}}
        return {name: tried for name, tried in merged.items() if tried is not None}

    def for_task(self, task: TaskKind) -> Algorithm:
        """The unfitted classifier or regressor for this task.

        Raises:
            ParameterError: when the family has none for the task.
        """
        cls = self.classifier if is_classification(task) else self.regressor
        if cls is None:
            raise ParameterError(f"{type(self).__name__} has no algorithm for {task} tasks; choose another one.")
        return cls(**{name: value for name, value in self.values.items() if name in cls.parameters()})

    def __repr__(self) -> str:
        text = f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.values.items())})"
        return text + (f".search({', '.join(f'{k}={v!r}' for k, v in self._ranges.items())})" if self._ranges else "")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and (self.values, self._ranges) == (other.values, other._ranges)

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))
