"""Finding the class that a user named, by value or by how it is written."""

from __future__ import annotations

from collections.abc import Sequence

from litmus.errors import ParameterError
from litmus.naming import nearest

__all__ = ["class_position", "positive_position"]

_SHOWN = 20


def class_position(owner: str, classes: Sequence[object], label: object) -> int:
    """The code of the class that `label` names: equal to it, or written like it (`"1"` for 1).

    Raises:
        ParameterError: when there is no such class; the message suggests the nearest.
    """
    for position, known in enumerate(classes):
        if known == label and isinstance(known, bool) == isinstance(label, bool):
            return position
    written = [str(known) for known in classes]
    if str(label) in written:
        return written.index(str(label))
    close = nearest(str(label), written)
    hint = f" Did you mean {close!r}?" if close else ""
    shown = ", ".join(written[:_SHOWN]) + (f" and {len(written) - _SHOWN} more" if len(written) > _SHOWN else "")
    raise ParameterError(f"{owner}: {label!r} is not a class.{hint} Classes: {shown or 'none'}.")


def positive_position(owner: str, classes: Sequence[object], label: object | None) -> int:
    """The code of the class `label`, or of the positive class of a binary task (the second one) when it is None."""
    return 1 if label is None else class_position(owner, classes, label)
