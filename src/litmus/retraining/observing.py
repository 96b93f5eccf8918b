"""Asks the monitors about an endpoint, keeps what they say, and puts it in the form that alarms read."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from litmus.alarming.observed import SEVERITIES, Observed, Seen
from litmus.endpoints import endpoint
from litmus.errors import LitmusError
from litmus.retraining.plan import Schedule

if TYPE_CHECKING:
    from litmus.store import Store
    from litmus.store.records import MonitorRow

__all__ = ["earlier_results", "new_labels", "observe", "observed_of"]

_KIND = "check"


def observe(name: str, schedule: Schedule, store: Store) -> Observed:
    """Check an endpoint now, and keep the result in the store.

    Args:
        name: of the endpoint.
        schedule: which monitors, and what they look at.
        store: where results are kept.

    Raises:
        LitmusError: when it cannot be checked.
    """
    from litmus.store.records import MonitorRow

    found = endpoint(name)
    status = found.status
    result = _checked(name, schedule)
    runs = 1.0 if status in ("running", "updating") else 0.0
    result["kinds"]["endpoint"] = {
        "verdict": "ok" if runs else "alarm",
        "sentence": f"{name} is {status}.",
        "findings": []
        if runs
        else [
            {
                "statistic": "running",
                "column": None,
                "value": 0.0,
                "severity": "alarm",
                "sentence": f"{name} is {status}: {found.state.message}",
            }
        ],
        "figures": {"running": runs},
    }
    row = MonitorRow(
        name,
        _KIND,
        result["verdict"],
        result["sentence"],
        result=result,
        start=result.get("start"),
        end=result.get("end"),
        version=", ".join(result.get("versions") or ()) or None,
    )
    return observed_of(store.add_monitor_result(row))


def _checked(name: str, schedule: Schedule) -> dict[str, Any]:
    """What the monitors say, as plain values; that there is no traffic yet is no failure."""
    from litmus.monitor import check

    since, window = None, schedule.window
    if isinstance(window, str):
        from litmus.quantities import parse_seconds

        since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=parse_seconds(window, name="window"))
    result: dict[str, Any] = check(
        name,
        kinds=schedule.kinds,
        start=since,
        window=window if isinstance(window, int) else None,
    ).to_json()
    return result


def observed_of(row: MonitorRow) -> Observed:
    """A result of the store in the form that alarms read."""
    seen: list[Seen] = []
    verdicts: dict[str, str] = {}
    for kind, held in row.result.get("kinds", {}).items():
        verdicts[kind] = held["verdict"]
        seen += [
            Seen(
                kind,
                str(each["statistic"]),
                each.get("value"),
                each["severity"] if each["severity"] in SEVERITIES else "ok",
                each["sentence"],
                each.get("column") or "",
            )
            for each in held.get("findings", ())
        ]
        known = {(each.statistic, each.column) for each in seen if each.kind == kind}
        seen += [
            Seen(kind, name, value, "ok", f"{name} is {value:.4g}.", column)
            for name, column, value in _figures(held.get("figures") or {})
            if (name, column) not in known
        ]
    return Observed(row.endpoint, verdicts, tuple(seen), row.sentence)


def _figures(figures: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    """Figures by name and column: those of columns are one level deeper, by column and then by name, or the other way round."""
    found: list[tuple[str, str, float]] = []
    for name, value in figures.items():
        if _is_number(value):
            found.append((name, "", float(value)))
        elif isinstance(value, Mapping):
            for inner, number in value.items():
                if _is_number(number):
                    found.append((name, str(inner), float(number)))
                elif isinstance(number, Mapping):
                    found += [(str(deep), str(inner), float(one)) for deep, one in number.items() if _is_number(one)]
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def earlier_results(store: Store, name: str, last: int) -> list[Observed]:
    """The results before the newest one, the newest first."""
    rows = store.monitor_results(name, kind=_KIND, last=last + 1)
    return [observed_of(row) for row in reversed(rows[:-1])]


def new_labels(name: str, since: dt.datetime) -> int:
    """How many captured rows got a label since then."""
    import pandas as pd

    from litmus.capture import read

    try:
        table = read(endpoint(name).folder)
    except LitmusError:
        return 0
    times = pd.to_datetime(table["label_time"], utc=True)
    return int((times > since).sum())
