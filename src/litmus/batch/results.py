"""What became of the files of a batch transform."""

from __future__ import annotations

import dataclasses

__all__ = ["TransformProgress", "Transformed"]


@dataclasses.dataclass(frozen=True)
class Transformed:
    """What became of one file.

    Attributes:
        input: the file.
        output: where its answers are, or would be.
        rows: rows answered.
        bad_rows: rows that did not fit the model.
        errors: where those are, when there are any and they were to be separated.
        failure: why there is no output, a sentence; None when there is one.
        resumed: whether some of its answers were made by an earlier, interrupted transform.
    """

    input: str
    output: str
    rows: int = 0
    bad_rows: int = 0
    errors: str | None = None
    failure: str | None = None
    resumed: bool = False


@dataclasses.dataclass(frozen=True)
class TransformProgress:
    """How far a batch transform is.

    Attributes:
        files: how many files there are.
        files_done: how many are finished or failed.
        rows: rows done, those of an earlier transform that was interrupted included.
    """

    files: int
    files_done: int
    rows: int
