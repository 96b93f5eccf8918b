"""Compiling a version in a process of its own: what serves models afterwards never holds the libraries that trained them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from litmus.errors import BundleError, LitmusError

__all__ = ["compile_in_process"]

_REFUSED = 2


def compile_in_process(path: Path, target: Path | None = None) -> None:
    """Compile the model of a bundle for inference.

    Args:
        path: a bundle without code of its maker's own.
        target: the bundle to write; by default in its place.

    Raises:
        BundleError: when it cannot be read or written; then it is as it was.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "litmus.store.compiling_process", str(path), str(target or path)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - our own module
    if ended.returncode != 0:
        lines = ended.stderr.strip().splitlines()
        why = lines[-1] if lines else f"its process ended with {ended.returncode}"
        raise BundleError(why if ended.returncode == _REFUSED else f"{path} could not be compiled: {why}")


def main() -> int:
    """Compile the bundle that the command line names; returns the exit code."""
    from litmus.bundle import load, save_bundle

    path = Path(sys.argv[1])
    try:
        save_bundle(load(path), sys.argv[2])
    except LitmusError as error:
        sys.stderr.write(f"{error}\n")
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
