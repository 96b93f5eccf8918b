"""Where a store is: its folder, its database and its files."""

from __future__ import annotations

import getpass
import logging
import os
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from litmus.errors import ParameterError
from litmus.store.artifacts import Artifacts
from litmus.store.database import Database

__all__ = ["StorePlace", "new_id", "whoever"]

_log = logging.getLogger("litmus.store")
_DATABASE = "litmus.db"
Answer = TypeVar("Answer")


class StorePlace:
    """What every part of a store stands on; `litmus.store.Store` is all parts together.

    Args:
        home: the store's folder; by default `$LITMUS_HOME`, else `~/.litmus`.
        url: the database; by default `$LITMUS_STORE_URL`, else the file `litmus.db` in the folder.
        artifacts: where files are kept, a folder or `s3://bucket/prefix`; by default `$LITMUS_ARTIFACTS`, else the folder
            `artifacts` in the store's.
        notice: called with a sentence for each damaged record that is passed over; by default they are logged.
    """

    def __init__(
        self,
        home: str | Path | None = None,
        *,
        url: str | None = None,
        artifacts: str | Path | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        self.home = Path(home or os.environ.get("LITMUS_HOME") or "~/.litmus").expanduser()
        self.notice = notice or _log.warning
        self._url = url or os.environ.get("LITMUS_STORE_URL") or None
        self._place = artifacts or os.environ.get("LITMUS_ARTIFACTS") or None

    @cached_property
    def database(self) -> Database:
        """The store's database; it is opened when it is first asked."""
        return Database(self._url or f"sqlite:///{self.home.absolute() / _DATABASE}")

    @cached_property
    def artifacts(self) -> Artifacts:
        """The store's files, by the hash of what is in them."""
        return Artifacts(self._place or self.home / "artifacts", cache=self.home / "cache")

    @property
    def is_shared(self) -> bool:
        """Whether other machines may have put versions there, so that the folder alone does not tell all."""
        return self.database.file is None or self.artifacts.is_remote

    def close(self) -> None:
        """Let go of connections to the database; the store can be used again."""
        if "database" in self.__dict__:
            self.database.close()

    def _read(self, function: Callable[[Any], Answer], otherwise: Answer) -> Answer:
        """What a function reads from the database, or something else where there is none yet: looking makes no file."""
        return self.database.read(function) if self.database.exists else otherwise


def new_id() -> str:
    """An id that nothing else has."""
    return secrets.token_hex(8)


def whoever(who: str | None) -> str:
    """Who does something: the one who is named, else `$LITMUS_USER`, else the login name."""
    if who is not None and not who.strip():
        raise ParameterError("who='' names nobody; give a name, or leave it out.")
    if who or os.environ.get("LITMUS_USER"):
        return who or os.environ["LITMUS_USER"]
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return f"user {os.getuid()}"
