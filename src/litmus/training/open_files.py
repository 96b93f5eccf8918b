"""Room for the files of many trials: the predictions of each are mapped, and each map holds a file open."""

from __future__ import annotations

import contextlib

__all__ = ["allow_many_files"]

_WANTED = 65_536


def allow_many_files() -> None:
    """Raise this process's limit of open files as far as the system lets it; where it does not, the limit stays."""
    try:
        import resource
    except ImportError:  # not on this system
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
