"""Contract tests that users' own components inherit; they need pytest, but `check_strategy` does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litmus.testing.strategy_contract import check_strategy

__all__ = ["check_strategy"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from litmus.testing import strategy_contract

    return getattr(strategy_contract, name)
