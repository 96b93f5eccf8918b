"""Notices given to a program."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess

from litmus.alarming.channels import CommandChannel
from litmus.alarming.notice import Notice
from litmus.alarming.sending import SendingError

__all__ = ["run_command"]


def run_command(command: CommandChannel, notice: Notice, delivery: str) -> None:
    """Run a program with the notice as JSON on its standard input, and `LITMUS_ALARM_KIND`, `_RULE`, `_SUBJECT`, `_MESSAGE`
    and `LITMUS_DELIVERY` in its environment.

    Raises:
        SendingError: when it cannot be started, ends with another code than 0, or takes too long; then it is ended with all
            that it started.
    """
    environment = {
        **os.environ,
        "LITMUS_ALARM_KIND": notice.kind,
        "LITMUS_ALARM_RULE": notice.rule,
        "LITMUS_ALARM_SUBJECT": notice.subject,
        "LITMUS_ALARM_MESSAGE": notice.message.replace("\0", " ")[:10_000],
        "LITMUS_DELIVERY": delivery,
    }
    content = json.dumps(notice.to_json(), ensure_ascii=False, default=str).encode()
    try:
        process = subprocess.Popen(  # noqa: S603 - the program that the owner of the file named, without a shell
            command.run,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise SendingError(f"{command.run[0]} cannot be run: {error.strerror or error}", again=False) from None
    try:
        _, said = process.communicate(content, timeout=command.timeout)
    except subprocess.TimeoutExpired:
        raise SendingError(f"{command.run[0]} took longer than {command.timeout:g} seconds and was ended") from None
    finally:
        if process.poll() is None:
            _end(process)
    if process.returncode:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        why = f": {lines[-1][:200]}" if lines else ""
        raise SendingError(f"{command.run[0]} ended with {process.returncode}{why}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started, so that nobody holds the pipes any more."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
