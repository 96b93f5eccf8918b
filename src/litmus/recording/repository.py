"""Which commit a user's code is at, and whether there are changes that no commit holds."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

from litmus.recording.secrets import without_secrets

__all__ = ["describe_repository"]

_SECONDS = 5.0
"""How long one question to git may take; a repository that is slower than that is not described."""


def describe_repository(folder: str | Path) -> dict[str, Any] | None:
    """The git repository that a folder is in; None where it is in none, git is missing, or it takes too long.

    Returns:
        "commit"; "branch", or None where none is checked out; "dirty", whether files that git follows differ from the
        commit; "changes", a sha256 of those differences, None without any; "new_files", how many files git does not know;
        "remote", the address of `origin` without anything secret, or None.

    Example:
        >>> import tempfile
        >>> describe_repository(tempfile.mkdtemp()) is None
        True
    """
    program = shutil.which("git")
    if program is None:
        return None
    place = Path(folder)

    def ask(*words: str) -> bytes | None:
        command = [program, "--no-optional-locks", "-C", str(place), *words]
        try:
            done = subprocess.run(  # noqa: S603 - the program and its words are ours
                command, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    status = None if commit is None else ask("status", "--porcelain=v1", "--untracked-files=normal")
    if commit is None or status is None:
        return None
    lines = status.decode("utf-8", errors="replace").splitlines()
    new = sum(line.startswith("??") for line in lines)
    changes = ask("diff", "HEAD", "--no-ext-diff", "--binary") if len(lines) > new else None
    return {
        "commit": commit.decode("ascii").strip(),
        "branch": _text(ask("symbolic-ref", "--short", "-q", "HEAD")),
        "dirty": len(lines) > new,
        "changes": None if not changes else hashlib.sha256(changes).hexdigest(),
        "new_files": new,
        "remote": without_secrets(_text(ask("remote", "get-url", "origin"))),
    }


def _text(answer: bytes | None) -> str | None:
    return None if not answer or not answer.strip() else answer.decode("utf-8", errors="replace").strip()
