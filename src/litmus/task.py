"""What is to be predicted: the kind of a task and the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["TaskKind", "is_classification", "parse_task"]

TaskKind = Literal["binary", "multiclass", "multilabel", "regression"]

_WORDS = {
    "binary": "binary",
    "multiclass": "multiclass",
    "multilabel": "multilabel",
    "regression": "regression",
}


def parse_task(task: str | Sequence[str]) -> TaskKind:
    """Read a task as users write it: `"binary"`, `"regression"`, `("multi-class", "classification")`.

    Raises:
        ParameterError: when no kind, or more than one, is named.

    Example:
        >>> parse_task(("multi-class", "classification"))
        'multiclass'
    """
    words = [task] if isinstance(task, str) else list(task)
    plain = [str(word).lower().replace("-", "").replace("_", "").replace(" ", "") for word in words]
    plain = [word.removesuffix("classification") for word in plain]
    kinds = {_WORDS[word] for word in plain if word in _WORDS}
    unknown = [word for word, short in zip(words, plain, strict=True) if short and short not in _WORDS]
    if len(kinds) != 1 or unknown:
        close = nearest(str(unknown[0]), _WORDS) if unknown else None
        hint = f" Did you mean {close!r}?" if close else ""
        raise ParameterError(
            f"task={task!r} does not name one kind of task.{hint} Use one of {', '.join(get_args(TaskKind))}, "
            "or a pair such as ('multi-class', 'classification')."
        )
    return kinds.pop()  # type: ignore[return-value]


def is_classification(task: TaskKind) -> bool:
    """Whether the task predicts classes (or sets of labels) rather than a number."""
    return task != "regression"
