"""Alarms: rules in a file, and notices of what they find that reach people and programs."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_WHERE = {
    "Channel": "channels",
    "Condition": "condition",
    "Courier": "courier",
    "FileError": "yaml_file",
    "Mail": "channels",
    "Notice": "notice",
    "Observed": "observed",
    "Rule": "rules",
    "Rules": "rules",
    "Seen": "observed",
    "Watch": "watch",
    "read_rules": "rules",
}
"""Public name → the module that defines it; imported when it is used, because pydantic takes a while."""

__all__ = [
    "Channel",
    "Condition",
    "Courier",
    "FileError",
    "Mail",
    "Notice",
    "Observed",
    "Rule",
    "Rules",
    "Seen",
    "Watch",
    "read_rules",
]

if TYPE_CHECKING:
    from litmus.alarming.channels import Channel, Mail
    from litmus.alarming.condition import Condition
    from litmus.alarming.courier import Courier
    from litmus.alarming.notice import Notice
    from litmus.alarming.observed import Observed, Seen
    from litmus.alarming.rules import Rule, Rules, read_rules
    from litmus.alarming.watch import Watch
    from litmus.alarming.yaml_file import FileError


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'litmus.alarming' has no attribute {name!r}")
    return getattr(importlib.import_module(f"litmus.alarming.{module}"), name)
