"""Terms of texts."""

from __future__ import annotations

from litmus.program.operations import Operation

__all__ = ["OPERATIONS"]

OPERATIONS: tuple[Operation, ...] = ()
