"""An algorithm's name for every task: `XGBoost` stands for its classifier and its regressor."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from litmus.algorithms.base import Algorithm, Classifier, Regressor
from litmus.component import Domain, check_parameter_names
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

    @classmethod
    def _classes(cls) -> list[type[Algorithm]]:
        return [kind for kind in (cls.classifier, cls.regressor) if kind is not None]

    @classmethod
    def parameters(cls) -> dict[str, Any]:
        """The parameters of the classifier and the regressor, by name."""
        return {name: field for kind in cls._classes() for name, field in kind.parameters().items()}

    @classmethod
    def domains(cls) -> dict[str, Domain]:
        """The search range of each parameter that has one."""
        return {name: domain for kind in cls._classes() for name, domain in kind.domains().items()}

    def hyperparams(self, **values: Any) -> Self:
        """A copy with some parameters changed; raises ParameterError for an unknown name or a bad value."""
        return type(self)(**{**self.values, **values})

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
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.values.items())})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.values == other.values

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))
