"""Numbers and names in sentences: thousands separated, one or many, a few examples."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["counted", "listed", "percent", "share", "shown"]


def counted(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 row", "32,561 rows"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: Iterable[object], limit: int = 5) -> str:
    """Names with quotation marks, the first few of many: "'a', 'b' and 7 more"."""
    texts = [repr(name) for name in names]
    if len(texts) <= limit:
        return ", ".join(texts)
    return ", ".join(texts[:limit]) + f" and {len(texts) - limit:,} more"


def shown(value: object, length: int = 40) -> str:
    """A value in quotation marks, shortened when it is long."""
    text = repr(value)
    return text if len(text) <= length else text[: length - 1] + "…"


def share(part: float, whole: float) -> str:
    """A part as a percentage with as many digits as it needs: "24 %", "0.3 %"."""
    return percent(part / whole if whole else 0.0)


def percent(value: float) -> str:
    """A share between 0 and 1 as a percentage: "20 %"."""
    number = 100 * value
    digits = 0 if number >= 10 or number == 0 else 1
    return f"{number:.1g} %" if 0 < number < 1 else f"{number:.{digits}f} %"
