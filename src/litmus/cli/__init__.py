"""The `litmus` command: one file a command group, no logic of its own."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit; importing the commands is part of it, so that Ctrl-C is heard from the start."""
    try:
        from litmus.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("litmus: stopped.\n")
        code = 130
    sys.exit(code)
