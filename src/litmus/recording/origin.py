"""All that a run is made from, gathered beside its work."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import Any

import litmus
from litmus.environment import describe_environment, describe_machine, installed_packages
from litmus.recording.own_code import OwnCode
from litmus.recording.repository import describe_repository

__all__ = ["Origin", "find_origin"]


@dataclasses.dataclass(frozen=True)
class Origin:
    """Where a run comes from, as plain values.

    Attributes:
        own: the user's own code.
        code: the program, the repository it is in, and what is known of `own`.
        machine: the processor, its cores, the memory.
        packages: every installed distribution and its version.
    """

    own: OwnCode
    code: dict[str, Any]
    machine: dict[str, Any]
    packages: dict[str, str]

    def environment(self) -> dict[str, Any]:
        """What the store keeps as the environment of a run."""
        return {**describe_environment(), "machine": self.machine, "packages": self.packages}


def find_origin(own: OwnCode) -> Origin:
    """Look at this process, its machine and the repository that its program is in.

    Args:
        own: the user's own code that the run was given.
    """
    program, folder = _program()
    code = {
        "program": program,
        "repository": describe_repository(folder),
        "own": own.facts(),
        "litmus": litmus.__version__,
    }
    return Origin(own, code, describe_machine(), installed_packages())


def _program() -> tuple[str | None, Path]:
    """The name of the script that runs, and the folder whose repository is of interest: the script's, or else the current one."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if file is not None:
        path = Path(file).absolute()
        installed = any(path.is_relative_to(place) for place in {sys.prefix, sys.base_prefix})
        if path.is_file() and not installed:
            return path.name, path.parent
        return path.name, Path(os.curdir)
    return None, Path(os.curdir)
