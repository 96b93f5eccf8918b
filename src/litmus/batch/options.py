"""What is wanted of a batch transform."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from litmus.errors import ParameterError
from litmus.quantities import parse_bytes

__all__ = ["BadRows", "Records", "TransformOptions"]

Records = Literal["multi", "single"]
BadRows = Literal["fail", "separate"]


@dataclasses.dataclass(frozen=True)
class TransformOptions:
    """What the outputs hold, and how much the model is given at once.

    Attributes:
        probabilities: whether the probability of every class is written too.
        keep: whether the columns of the input stand beside the answers.
        columns: with `keep`, the only columns that do; empty: all.
        max_payload: the most bytes of rows that the model is given at once, such as "6MB"; a longer row is a bad one.
        batch_rows: the most rows that the model is given at once.
        records: "multi" gives it as many rows at once as the two limits allow, "single" one.
        bad_rows: "fail" fails a file at its first row that does not fit the model; "separate" writes such rows to
            `<input>.errors`, and goes on.

    Raises:
        ParameterError: when a value is not allowed.
    """

    probabilities: bool = False
    keep: bool = True
    columns: tuple[str, ...] = ()
    max_payload: int | str = 6_000_000
    batch_rows: int = 50_000
    records: Records = "multi"
    bad_rows: BadRows = "fail"

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "max_payload", parse_bytes(self.max_payload, name="max_payload"))
        if not isinstance(self.batch_rows, int) or self.batch_rows < 1:
            raise ParameterError(f"batch_rows={self.batch_rows!r} is not allowed; give a whole number above 0.")
        for name, allowed in (("records", ("multi", "single")), ("bad_rows", ("fail", "separate"))):
            if getattr(self, name) not in allowed:
                raise ParameterError(
                    f"{name}={getattr(self, name)!r} is not allowed; give {' or '.join(map(repr, allowed))}."
                )
        if self.columns and not self.keep:
            raise ParameterError(
                "Columns were named to stand beside the answers, and keep=False leaves out all of them."
            )

    @property
    def payload_bytes(self) -> int:
        """`max_payload` in bytes."""
        return int(self.max_payload)

    @property
    def meaning(self) -> dict[str, Any]:
        """What decides about the content of the outputs."""
        facts = dataclasses.asdict(self)
        return {name: facts[name] for name in ("probabilities", "keep", "columns", "bad_rows", "max_payload")}
