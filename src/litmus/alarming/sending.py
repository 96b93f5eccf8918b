"""Sending a notice through a channel: what can fail is said, and whether it is worth trying again."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from litmus.alarming.channels import Channel, Mail
from litmus.alarming.notice import Notice

__all__ = ["Secrets", "SendingError", "send"]

_log = logging.getLogger("litmus.alarms")


class SendingError(Exception):
    """A notice could not be sent.

    Args:
        why: a sentence without secrets.
        again: whether to try again; False where it would fail in the same way.
        after: seconds that the other side asked to wait.
    """

    def __init__(self, why: str, *, again: bool = True, after: float = 0.0) -> None:
        super().__init__(why)
        self.again = again
        self.after = after


class Secrets:
    """Reads secrets from environment variables, and takes them out of texts that are kept.

    Example:
        >>> os.environ["EXAMPLE_TOKEN"] = "s3cret"
        >>> secrets = Secrets()
        >>> secrets.read("EXAMPLE_TOKEN") == "s3cret", secrets.hidden("refused s3cret")
        (True, 'refused ***')
    """

    def __init__(self) -> None:
        self._values: set[str] = set()

    def read(self, variable: str) -> str:
        """The value of an environment variable.

        Raises:
            SendingError: when it is not set.
        """
        value = os.environ.get(variable, "").strip()
        if not value:
            raise SendingError(f"the environment variable {variable} is not set")
        self._values.add(value)
        return value

    def hidden(self, text: str) -> str:
        """The text without the secrets that were read."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, "***")
        return text


def send(channel: Channel, notice: Notice, *, mail: Mail | None, delivery: str) -> None:
    """Send a notice; returns when the other side has it.

    Args:
        channel: where to.
        notice: what.
        mail: the server for e-mails.
        delivery: the delivery's number, the same in every attempt, by which receivers can tell a repeated one.

    Raises:
        SendingError: when it was not taken; the message holds no secret.
    """
    secrets = Secrets()
    try:
        _way(channel, mail, secrets)(notice, delivery)
    except SendingError as error:
        raise SendingError(secrets.hidden(str(error)), again=error.again, after=error.after) from None
    except Exception as error:  # whatever a server makes the libraries raise
        raise SendingError(secrets.hidden(f"{type(error).__name__}: {error}")[:500]) from None


def _way(channel: Channel, mail: Mail | None, secrets: Secrets) -> Callable[[Notice, str], None]:
    if channel.webhook is not None:
        from litmus.alarming.webhook import post

        webhook = channel.webhook
        return lambda notice, delivery: post(webhook, notice, delivery, secrets)
    if channel.email is not None:
        from litmus.alarming.mail import send_mail

        if mail is None:
            raise SendingError("the file of rules names no mail server any more", again=False)
        server, to = mail, channel.email.to
        return lambda notice, delivery: send_mail(server, to, notice, delivery, secrets)
    if channel.command is not None:
        from litmus.alarming.command import run_command

        command = channel.command
        return lambda notice, delivery: run_command(command, notice, delivery)
    return lambda notice, _: _write(notice)


def _write(notice: Notice) -> None:
    level = logging.INFO if notice.kind in ("recovered", "test") else logging.WARNING
    _log.log(level, "%s. %s", notice.title, notice.message)
