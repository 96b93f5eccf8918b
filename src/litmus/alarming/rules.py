"""The file of alarm rules."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from litmus.alarming.channels import Channel, Mail
from litmus.alarming.condition import Condition
from litmus.alarming.yaml_file import read_yaml
from litmus.errors import ParameterError
from litmus.quantities import parse_seconds

__all__ = ["Rule", "Rules", "read_rules"]


class Rule(BaseModel):
    """When an alarm is raised, and who is told.

    Attributes:
        when: the condition.
        name: what it is called; by default the condition.
        endpoint: names or patterns of endpoints that it is for.
        notify: who is told.
        results: how many results in a row must say so (`for` in the file).
        recover_after: how many results in a row must say that it is over.
        remind: seconds after which those told are reminded while it lasts; None is never.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    when: Condition
    name: str = ""
    endpoint: list[str] = ["*"]
    notify: list[Channel] = [Channel(log=True)]
    results: int = Field(1, ge=1, le=100, alias="for")
    recover_after: int = Field(1, ge=1, le=100)
    remind: float | None = None

    @field_validator("when", mode="before")
    @classmethod
    def _condition(cls, value: Any) -> Any:
        return value if isinstance(value, Condition) else Condition.parse(value)

    @field_validator("endpoint", mode="before")
    @classmethod
    def _endpoints(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("notify", mode="before")
    @classmethod
    def _channels(cls, value: Any) -> Any:
        return value if isinstance(value, list) else [value]

    @field_validator("remind", mode="before")
    @classmethod
    def _reminding(cls, value: Any) -> Any:
        return None if value is None else parse_seconds(value, name="remind", examples="'24h'")

    @model_validator(mode="after")
    def _named(self) -> Rule:
        if not self.name:
            object.__setattr__(self, "name", str(self.when))
        return self

    def is_for(self, endpoint: str) -> bool:
        """Whether it is for this endpoint."""
        return any(fnmatch.fnmatchcase(endpoint, pattern) for pattern in self.endpoint)


class Rules(BaseModel):
    """The alarms of a file, and the server that e-mails are given to.

    Attributes:
        alarms: the rules.
        mail: the server; None where nothing is sent by e-mail.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    alarms: list[Rule] = []
    mail: Mail | None = None

    @model_validator(mode="after")
    def _fits(self) -> Rules:
        names = [rule.name for rule in self.alarms]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ParameterError(f"two alarms are named {twice!r}; give each a name of its own")
        mailed = next((rule for rule in self.alarms if any(each.email for each in rule.notify)), None)
        if mailed is not None and self.mail is None:
            raise ParameterError(
                f"{mailed.name!r} is told by e-mail, and there is no 'mail' with the server: mail: {{host: …, sender: …}}"
            )
        return self


def read_rules(source: str | Path) -> Rules:
    """Read the file of rules.

    Args:
        source: the file; text with a line break is the document itself.

    Raises:
        FileError: when it holds mistakes; all at once, each with its line and column.

    Example:
        >>> rules = read_rules(chr(10).join(["alarms:", "  - when: data_drift >= warning"]))
        >>> rules.alarms[0].name, str(rules.alarms[0].notify[0])
        ('data_drift >= warning', 'log')
    """
    return read_yaml(source, Rules)
