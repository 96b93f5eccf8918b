"""Captured requests as a table, beside what came true."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from litmus.capture.places import FOLDER
from litmus.capture.table import PROBABILITY
from litmus.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["labelled_answers", "losses", "read"]

Labels = Literal["last", "first", "all"]
_FIRST = ["request_id", "row", "time", "variant", "version", "seconds", "prediction"]


def read(
    folder: str | Path,
    *,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    labels: Labels = "last",
) -> pd.DataFrame:
    """Read what an endpoint captured, a row for each row that was asked about.

    Args:
        folder: the endpoint's folder.
        start, end: the times of answers between which it is read, `end` not included; None is no bound. Times without a
            zone are in UTC.
        labels: which label a row gets when it has several: the last or first that came, or all, a row for each.

    Returns:
        `request_id`, `row` (its number in the request), `time`, `variant`, `version`, `seconds`, `prediction`,
        `probability.CLASS`, `input.NAME`, and, missing where none came, `label`,
        `label_time` and `labels` (how many came), ordered by time.

    Raises:
        ParameterError: when `labels` is none of these.

    Example:
        >>> import tempfile
        >>> read(tempfile.mkdtemp()).columns.tolist()[:3]
        ['request_id', 'row', 'time']
    """
    import pandas as pd

    if labels not in ("last", "first", "all"):
        raise ParameterError(f"labels={labels!r} is not allowed; give 'last', 'first' or 'all'.")
    home = Path(folder) / FOLDER
    first, last = _moment(start), _moment(end)
    frames = []
    for path in sorted(home.glob("*/*.parquet")):
        if (first is None or path.parent.name >= first.strftime("%Y-%m-%d-%H")) and (
            last is None or path.parent.name <= last.strftime("%Y-%m-%d-%H")
        ):
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile, to keep within the disk's bound
                frames.append(pd.read_parquet(path))
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({name: [] for name in _FIRST})
    if frames:
        table = table.loc[
            table["time"].between(first or table["time"].min(), last or table["time"].max(), inclusive="both")
        ]
        table = table if last is None else table.loc[table["time"] < last]
    named = sorted(name for name in table.columns if name not in _FIRST)
    table = table[[*_FIRST, *named]].sort_values(["time", "request_id", "row"], kind="stable", ignore_index=True)
    return _with_labels(table, _labels(home), labels)


def _moment(value: dt.datetime | None) -> dt.datetime | None:
    if value is None:
        return None
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _labels(home: Path) -> list[dict[str, Any]]:
    """All labels in the order of their times."""
    found = []
    for path in home.glob("*/feedback-*.jsonl"):
        with contextlib.suppress(FileNotFoundError):
            for line in path.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError):  # a line that is being written
                    found.append(json.loads(line))
    return sorted(found, key=lambda label: label["time"])


def _with_labels(table: pd.DataFrame, found: list[dict[str, Any]], labels: Labels) -> pd.DataFrame:
    import pandas as pd

    kinds = {"request_id": "str", "row": "int64", "label": "object", "label_time": "float64"}
    rows = [(label["request_id"], label["row"], label["label"], label["time"]) for label in found]
    given = pd.DataFrame(rows, columns=list(kinds)).astype(kinds)
    counts = given.groupby(["request_id", "row"]).size().rename("labels").reset_index()
    if labels != "all":
        given = given.drop_duplicates(["request_id", "row"], keep=labels)
    given["label_time"] = pd.to_datetime(given["label_time"], unit="s", utc=True)
    table = table.astype({"request_id": "str", "row": "int64"})
    joined = table.merge(given, on=["request_id", "row"], how="left").merge(
        counts, on=["request_id", "row"], how="left"
    )
    return joined.astype({"labels": "Int64"}).fillna({"labels": 0})


def labelled_answers(
    folder: str | Path, *, variants: Sequence[str] | None = None, since: str | None = None
) -> list[dict[str, Any]]:
    """The answers whose truth is known, as plain values.

    Args:
        folder: the endpoint's folder.
        variants: whose answers; None: all.
        since: only answers from then on (ISO 8601; UTC without a zone).

    Returns:
        A dict an answer: `truth` (the last label that came), `prediction`, `probabilities` by class (empty for
        regression), `variant`, `request_id`, `row`.
    """
    table = read(folder, start=None if since is None else dt.datetime.fromisoformat(since))
    table = table.loc[table["labels"] > 0]
    if variants is not None:
        table = table.loc[table["variant"].isin(list(variants))]
    named = [name for name in table.columns if name.startswith(PROBABILITY)]
    found = []
    for row in table.to_dict("records"):
        scores = {name.removeprefix(PROBABILITY): row[name] for name in named if row[name] == row[name]}
        found.append(
            {
                "truth": row["label"],
                "prediction": row["prediction"],
                "probabilities": scores,
                "variant": row["variant"],
                "request_id": row["request_id"],
                "row": row["row"],
            }
        )
    return found


def losses(folder: str | Path) -> dict[str, int]:
    """How many requests were recorded, and how many were lost because they came too fast or the disk refused them.

    Example:
        >>> import tempfile
        >>> losses(tempfile.mkdtemp())
        {'recorded': 0, 'lost': 0}
    """
    total = {"recorded": 0, "lost": 0}
    for path in (Path(folder) / FOLDER).glob("counts-*.json"):
        with contextlib.suppress(OSError, ValueError):
            held = json.loads(path.read_text(encoding="utf-8"))
            for name in total:
                total[name] += int(held[name])
    return total
