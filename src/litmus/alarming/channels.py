"""Where notices of alarms go, as the file of rules names it. Secrets are named by their environment variables."""

from __future__ import annotations

import re
import shlex
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from litmus.errors import ParameterError
from litmus.quantities import parse_seconds

__all__ = ["Channel", "CommandChannel", "EmailChannel", "Mail", "Webhook", "channel_of"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}")
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
_SECRET_WORDS = re.compile(r"token|secret|passw|signature|api_?key|access_?key|auth", re.IGNORECASE)
_LONGEST_SECONDS = 120.0
_strict = ConfigDict(extra="forbid", frozen=True)


def _variable(value: str | None) -> str | None:
    """The name of an environment variable, which is no secret itself."""
    if value is not None and not _VARIABLE.fullmatch(value):
        raise ParameterError(
            "this must name an environment variable that holds the secret, such as LITMUS_HOOK; the secret itself does not belong here"
        )
    return value


def _seconds(value: Any) -> float:
    seconds = parse_seconds(value, name="timeout", examples="'10s'")
    if seconds > _LONGEST_SECONDS:
        raise ParameterError(f"timeout={value!r} is longer than {_LONGEST_SECONDS:g} seconds")
    return seconds


class Webhook(BaseModel):
    """A notice as JSON, sent by POST to an address.

    Attributes:
        url: the address, where it holds no secret.
        url_from: else the environment variable that holds it.
        headers_from: header → the environment variable that holds its value.
        secret_from: the environment variable with a key; the body is then signed (HMAC-SHA256) in `X-Litmus-Signature`.
        timeout: seconds that all of it may take.
    """

    model_config = _strict
    url: str | None = None
    url_from: str | None = None
    headers_from: dict[str, str] = {}
    secret_from: str | None = None
    timeout: float = 10.0

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_address(self) -> Webhook:
        if (self.url is None) == (self.url_from is None):
            raise ParameterError("a webhook needs either url or url_from, the environment variable that holds it")
        return self

    @field_validator("url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return None if value is None else check_url(value)

    @field_validator("headers_from")
    @classmethod
    def _headers(cls, value: dict[str, str]) -> dict[str, str]:
        for name, variable in value.items():
            if not re.fullmatch(r"[A-Za-z0-9-]+", name):
                raise ParameterError(f"{name!r} is no name of a header")
            _variable(variable)
        return value

    _names = field_validator("url_from", "secret_from")(_variable)
    _timeout = field_validator("timeout", mode="before")(_seconds)


def check_url(value: str) -> str:
    """The address of a webhook, when it is one and holds no secret.

    Raises:
        ParameterError: when it is not; the message does not repeat it.
    """
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f\x7f]", value):
        raise ParameterError("a webhook is an address such as https://example.org/hook")
    if parts.username or parts.password or any(_SECRET_WORDS.search(name) for name, _ in parse_qsl(parts.query)):
        raise ParameterError(
            "the address holds a secret; put it into an environment variable and name that: webhook: {url_from: NAME}"
        )
    return value


class EmailChannel(BaseModel):
    """A notice by e-mail, through the server that `mail` names.

    Attributes:
        to: addresses.
    """

    model_config = _strict
    to: list[str]

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        value = [value] if isinstance(value, str) else value
        return {"to": value} if isinstance(value, list) else value

    @field_validator("to")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        if not value:
            raise ParameterError("an e-mail needs at least one address")
        for address in value:
            if not _ADDRESS.fullmatch(address):
                raise ParameterError(f"{address!r} is no e-mail address")
        return value


class CommandChannel(BaseModel):
    """A program that is run with the notice as JSON on its standard input, without a shell.

    Attributes:
        run: the program and its arguments.
        timeout: seconds it may take.
    """

    model_config = _strict
    run: list[str]
    timeout: float = 30.0

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            try:
                value = shlex.split(value)
            except ValueError as error:
                raise ParameterError(f"the command cannot be read ({error})") from None
        return {"run": value} if isinstance(value, list) else value

    @field_validator("run")
    @classmethod
    def _program(cls, value: list[str]) -> list[str]:
        if not value or not value[0]:
            raise ParameterError("a command needs the program to run")
        return value

    _timeout = field_validator("timeout", mode="before")(_seconds)


class Mail(BaseModel):
    """The server that e-mails are given to.

    Attributes:
        host: the server.
        port: by default 587, 465 or 25, as `security` has it.
        security: "starttls", "tls" from the first byte, or "none".
        user_from, password_from: environment variables that hold the login; left out, there is none.
        sender: the address that the notices come from.
        timeout: seconds that all of it may take.
    """

    model_config = _strict
    host: str
    sender: str
    port: int = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    user_from: str | None = None
    password_from: str | None = None
    timeout: float = 30.0

    _names = field_validator("user_from", "password_from")(_variable)
    _timeout = field_validator("timeout", mode="before")(_seconds)

    @field_validator("sender")
    @classmethod
    def _address(cls, value: str) -> str:
        if not _ADDRESS.fullmatch(value):
            raise ParameterError(f"{value!r} is no e-mail address")
        return value

    @model_validator(mode="after")
    def _login(self) -> Mail:
        if (self.user_from is None) != (self.password_from is None):
            raise ParameterError("a login needs both user_from and password_from")
        if self.user_from and self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ParameterError(
                "a login without encryption would show the password to everyone on the way; use security: starttls or tls"
            )
        return self

    @property
    def port_used(self) -> int:
        """The port."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class Channel(BaseModel):
    """One way of telling; exactly one is given.

    Attributes:
        log: written to the log `litmus.alarms`.
        webhook, email, command: as in their classes.
    """

    model_config = _strict
    log: bool = False
    webhook: Webhook | None = None
    email: EmailChannel | None = None
    command: CommandChannel | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if value == "log":
            return {"log": True}
        if isinstance(value, str):
            raise ParameterError(
                f"{value!r} is no way of telling; give log, {{webhook: https://…}}, {{email: name@example.org}} or {{command: …}}"
            )
        return value

    @model_validator(mode="after")
    def _one(self) -> Channel:
        given = [name for name in ("log", "webhook", "email", "command") if getattr(self, name)]
        if len(given) != 1:
            raise ParameterError("give one of log, webhook, email and command for each entry")
        return self

    def __str__(self) -> str:
        if self.webhook is not None:
            return f"webhook {public_url(self.webhook.url) if self.webhook.url else f'${self.webhook.url_from}'}"
        if self.email is not None:
            return f"e-mail {', '.join(self.email.to)}"
        return f"command {self.command.run[0]}" if self.command is not None else "log"


def public_url(url: str) -> str:
    """An address without what may be private: its query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def channel_of(values: dict[str, Any]) -> Channel:
    """The channel that `channel.model_dump()` wrote."""
    return Channel.model_validate({name: value for name, value in values.items() if value})
