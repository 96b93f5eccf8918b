"""Starts one of an endpoint's programs: arguments are the folder that has the packages, the program, and its own arguments.

Run as a file with `-P`, so that the package is the one of the process that started it, wherever it lies.
"""

from __future__ import annotations

import importlib
import sys


def _main() -> None:
    packages, program = sys.argv[1:3]
    if packages not in sys.path:
        sys.path.append(packages)
    sys.exit(importlib.import_module(f"litmus.endpoints.{program}").main(sys.argv[3:]))


if __name__ == "__main__":
    _main()
