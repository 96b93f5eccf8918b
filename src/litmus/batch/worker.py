"""`python -m litmus.batch.worker`: a process that answers parts of files, one after the other, as it is told.

It reads a line of JSON for each part from its standard input and writes lines of JSON to its standard output; it ends when
its input does, and so with the process that started it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["FACTS", "main"]

FACTS = ".json"
"""Ending of the file that says that a part is finished; it is written last."""


def main() -> int:
    """Answer parts until the input ends; returns the exit code."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a user's own code prints is no message

    def say(message: dict[str, Any]) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    model: Any = None
    options: Any = None
    for line in sys.stdin:
        task = json.loads(line)
        try:
            if "model" in task:
                import pyarrow as pa

                from litmus.batch.options import TransformOptions
                from litmus.runtime import load

                pa.set_cpu_count(1)  # other cores are for other processes
                model = load(task["model"], trust=task["trust"])
                options = TransformOptions(**task["options"])
            else:
                _transform(model, options, task, say)
        except Exception as error:
            say({"failed": _sentence(error)})
        else:
            say({"done": True})
    return 0


def _transform(model: Any, options: Any, task: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> None:
    """One part: its files are written under other names, and get their own when they are whole."""
    from litmus.batch.one_part import transform_part
    from litmus.batch.part_work import PartWork
    from litmus.batch.parts import Part
    from litmus.data.csv_dialect import Dialect
    from litmus.data.locations import find_files

    given = dict(task["part"])
    if given["dialect"] is not None:
        given["dialect"] = Dialect(
            **{**given["dialect"], **{n: tuple(given["dialect"][n]) for n in ("names", "notes")}}
        )
    file = find_files(task["place"])[0]
    file = dataclasses.replace(file, partitions=tuple(map(tuple, task["partitions"])))
    target = Path(task["target"])
    working = target.with_name(f"{target.name}.{os.getpid()}")
    errors = working.with_name(f"{working.name}.errors")
    try:
        facts = transform_part(PartWork(model, file, Part(**given), working, options, lambda rows: say({"rows": rows})))
        if errors.exists():
            errors.replace(target.with_name(f"{target.name}.errors"))
        working.replace(target)
        noted = working.with_name(f"{working.name}{FACTS}")
        noted.write_text(json.dumps(dataclasses.asdict(facts)), encoding="utf-8")
        noted.replace(target.with_name(f"{target.name}{FACTS}"))
    finally:
        working.unlink(missing_ok=True)
        errors.unlink(missing_ok=True)


def _sentence(error: Exception) -> str:
    from litmus.errors import LitmusError

    if isinstance(error, LitmusError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The disk'}: {error.strerror}."
    if isinstance(error, MemoryError):
        return "The machine has too little memory; use fewer workers or a smaller max_payload."
    traceback.print_exc(file=sys.stderr)
    return f"Something went wrong that should not: {type(error).__name__}: {str(error)[:300]}"


if __name__ == "__main__":
    sys.exit(main())
