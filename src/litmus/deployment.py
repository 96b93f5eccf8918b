"""What the environment that a model is to be served in allows."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from litmus.errors import ParameterError
from litmus.naming import nearest
from litmus.quantities import asked_bytes_text, bytes_text, duration_text, parse_bytes, parse_seconds

__all__ = ["Deployment", "Violation", "parse_deployment"]

_PER_SECOND = {"": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0}
_RATE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:/\s*([a-z]+)|per\s+([a-z]+))?\s*", re.IGNORECASE)
_PACKAGE = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:==\s*([A-Za-z0-9.+!_-]+))?\s*")
_PYTHON = re.compile(r"\s*(?:python\s*)?(3(?:\.\d+){0,2})\s*", re.IGNORECASE)
_OURS = "litmus"  # a bundle cannot be served without it, so it is never what a list forbids


@dataclasses.dataclass(frozen=True)
class Violation:
    """One limit that is missed.

    Attributes:
        name: the limit: a field of `Deployment`.
        limit: what is allowed.
        measured: what was found.
        excess: by which share of the limit it is missed: 0.4 is 40 %; for packages their number, for a Python version 1.
        sentence: the same in words.
    """

    name: str
    limit: Any
    measured: Any
    excess: float
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """The fields, of types that JSON knows."""
        return _plain(dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True)
class Deployment:
    """What the environment that a model is to be served in allows. None is no limit.

    Times are seconds, or text such as "5ms" or "800us"; sizes are bytes, or text such as "512MiB"; a dict of the same
    names goes wherever a `Deployment` goes.

    Attributes:
        cpus: whole processor cores that the server may use.
        memory: what the server and everything it starts may take.
        concurrency: connections on which requests are sent at the same time.
        request_rate: requests a second, or text such as "200/s" or "6000/min", spread over the connections as callers who
            do not wait for each other send them. None: each connection sends its next request when it has its answer.
        latency_p99: 99 of 100 requests have to be answered within this time, under that load.
        packages: distributions that may be installed, such as "numpy" or "numpy==2.4.6", with what they themselves require.
        python: the version that is there, such as "3.11".
        max_size: what the bundle and the packages it needs may take on disk.
        cold_start: from the start of the process to the first answer.

    Raises:
        ParameterError: when a value is not allowed.

    Example:
        >>> limits = Deployment(cpus=1, memory="256MiB", latency_p99="800us")
        >>> limits.memory, limits.latency_p99
        (268435456, 0.0008)
        >>> print(limits.violations({"latency_p99": 0.0012, "memory": 180_000_000})[0].sentence)
        p99 latency is 1.2 ms, 50 % above the limit of 800 µs
    """

    cpus: int = 1
    memory: int | str | None = "512MiB"
    concurrency: int = 1
    request_rate: float | str | None = None
    latency_p99: float | str | None = "5ms"
    packages: Sequence[str] | None = None
    python: str | None = None
    max_size: int | str | None = None
    cold_start: float | str | None = None

    def __post_init__(self) -> None:
        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        for name in ("cpus", "concurrency"):
            _check_whole(name, getattr(self, name))
        for name in ("memory", "max_size"):
            if getattr(self, name) is not None:
                put(name, parse_bytes(getattr(self, name), name=f"deployment: {name}"))
        for name in ("latency_p99", "cold_start"):
            if getattr(self, name) is not None:
                examples = "'5ms', '800us' or '1.5s'"
                put(name, parse_seconds(getattr(self, name), name=f"deployment: {name}", examples=examples))
        put("request_rate", _parse_rate(self.request_rate))
        put("packages", _parse_packages(self.packages))
        put("python", _parse_python(self.python))

    @property
    def limits(self) -> dict[str, float]:
        """The limits that are numbers, in seconds, bytes and requests a second, without those that are not set."""
        names = ("latency_p99", "request_rate", "memory", "max_size", "cold_start")
        return {name: float(getattr(self, name)) for name in names if getattr(self, name) is not None}

    def allows(self, package: str, version: str | None = None) -> bool:
        """Whether a distribution may be installed; a version that is not known is taken to be right.

        Example:
            >>> limits = Deployment(packages=["numpy==2.4.6", "scikit_learn"])
            >>> limits.allows("numpy", "2.4.6"), limits.allows("numpy", "2.3.0"), limits.allows("scikit-learn")
            (True, False, True)
        """
        name = _canonical(package)
        if self.packages is None or name == _OURS:
            return True
        for allowed, pinned in map(_split_package, self.packages):
            if allowed == name:
                return pinned is None or version is None or pinned == version
        return False

    def violations(self, measured: Mapping[str, Any]) -> tuple[Violation, ...]:
        """The limits that measured or estimated values miss, and by how much.

        Args:
            measured: what is known, by the name of the limit: `latency_p99` and `cold_start` in seconds, `memory` (the
                peak) and `max_size` in bytes, `request_rate` (the highest that is kept up within `latency_p99`),
                `packages` (names that are needed, such as "numpy" or "numpy==2.4.6", or a dict of name and version)
                and `python` (the version that is needed). What is left out, or None, is not judged; NaN misses.

        Raises:
            ParameterError: for a name that is no limit.

        Example:
            >>> Deployment(packages=["numpy"]).violations({"packages": ["numpy", "scipy"]})[0].sentence
            'scipy is needed and is not among the allowed packages'
        """
        for name in measured:
            if name not in _JUDGED:
                raise ParameterError(f"A deployment has no limit {name!r}; known: {', '.join(_JUDGED)}.")
        found = []
        for name, limit in self.limits.items():
            value = measured.get(name)
            if value is not None:
                found += _missed(name, limit, float(value))
        found += self._forbidden(measured.get("packages"))
        found += self._wrong_python(measured.get("python"))
        return tuple(found)

    def _forbidden(self, needed: Mapping[str, str] | Iterable[str] | None) -> list[Violation]:
        if needed is None or self.packages is None:
            return []
        pairs = needed.items() if isinstance(needed, Mapping) else map(_split_package, needed)
        wrong = tuple(name for name, version in pairs if not self.allows(name, version))
        if not wrong:
            return []
        verb = "is" if len(wrong) == 1 else "are"
        sentence = f"{', '.join(wrong)} {verb} needed and {verb} not among the allowed packages"
        return [Violation("packages", tuple(self.packages), wrong, float(len(wrong)), sentence)]

    def _wrong_python(self, needed: str | None) -> list[Violation]:
        if needed is None or self.python is None:
            return []
        wanted = self.python.split(".")
        if needed.split(".")[: len(wanted)] == wanted:
            return []
        return [Violation("python", self.python, needed, 1.0, f"Python {needed} is needed, and {self.python} is there")]

    def to_json(self) -> dict[str, Any]:
        """The fields, in seconds and bytes; `Deployment(**deployment.to_json())` is equal."""
        return _plain(dataclasses.asdict(self))


_TITLES = {
    "latency_p99": "p99 latency",
    "request_rate": "the request rate that is kept up",
    "memory": "peak memory",
    "max_size": "installed size",
    "cold_start": "cold start",
}
_JUDGED = (*_TITLES, "packages", "python")


def parse_deployment(value: Deployment | Mapping[str, Any] | None) -> Deployment:
    """A `Deployment` from one, from a dict of its fields, or, for None, the default one.

    Raises:
        ParameterError: for anything else, an unknown field, or a value that is not allowed.

    Example:
        >>> parse_deployment({"memory": "1GB"}).memory
        1000000000
    """
    if value is None:
        return Deployment()
    if isinstance(value, Deployment):
        return value
    if not isinstance(value, Mapping):
        raise ParameterError(
            f"deployment={value!r} is not allowed; give a litmus.Deployment or a dict such as {{'latency_p99': '5ms'}}."
        )
    names = [field.name for field in dataclasses.fields(Deployment)]
    for name in value:
        if name not in names:
            close = nearest(str(name), names)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ParameterError(f"deployment has no field {name!r}.{hint} Known: {', '.join(names)}.")
    return Deployment(**value)


def _missed(name: str, limit: float, value: float) -> list[Violation]:
    """The violation of one numeric limit, if it is one."""
    too_low = name == "request_rate"
    if (value >= limit) if too_low else (value <= limit):
        return []
    excess = (limit - value) / limit if too_low else (value - limit) / limit
    show = _shown(name)
    show_limit = asked_bytes_text if show is bytes_text else show
    if math.isnan(value):
        excess, sentence = math.inf, f"{_TITLES[name]} could not be measured; the limit is {show_limit(limit)}"
    else:
        share = f"{excess:.0%}".replace("%", " %")
        how = f"{value / limit:,.0f} times" if excess >= 10 else f"{share} below" if too_low else f"{share} above"
        sentence = f"{_TITLES[name]} is {show(value)}, {how} the limit of {show_limit(limit)}"
    return [Violation(name, limit, value, excess, sentence)]


def _shown(name: str) -> Any:
    """How values of a limit are written."""
    if name in ("memory", "max_size"):
        return bytes_text
    return duration_text if name != "request_rate" else "{:,.4g}/s".format


def _check_whole(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        what = "whole cores, at least 1" if name == "cpus" else "a whole number of at least 1"
        raise ParameterError(f"deployment: {name}={value!r} is not allowed; give {what}.")


def _parse_rate(value: float | str | None) -> float | None:
    """Requests a second."""
    if value is None:
        return None
    rate = math.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        rate = float(value)
    elif isinstance(value, str) and (match := _RATE.fullmatch(value)):
        rate = float(match[1]) / _PER_SECOND.get((match[2] or match[3] or "").lower(), math.nan)
    if not 0 < rate < math.inf:
        raise ParameterError(
            f"deployment: request_rate={value!r} is not a rate; give requests a second, or text such as '200/s' or '6000/min'."
        )
    return rate


def _parse_packages(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise ParameterError(
            f"deployment: packages={value!r} is not a list of names; give ['numpy', 'onnxruntime'], or None for any."
        )
    found = []
    for item in value:
        match = _PACKAGE.fullmatch(item) if isinstance(item, str) else None
        if match is None:
            raise ParameterError(
                f"deployment: packages has {item!r}; give names such as 'numpy', or with a version, 'numpy==2.4.6'."
            )
        found.append(match[1] if match[2] is None else f"{match[1]}=={match[2]}")
    return tuple(found)


def _parse_python(value: Any) -> str | None:
    if value is None:
        return None
    match = _PYTHON.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ParameterError(f"deployment: python={value!r} is not a version; give text such as '3.11'.")
    return match[1]


def _split_package(text: str) -> tuple[str, str | None]:
    """The name in its one spelling, and the version after "==", if any."""
    name, _, version = text.partition("==")
    return _canonical(name), version.strip() or None


def _canonical(name: str) -> str:
    """A distribution's name in one spelling: `Scikit_Learn` is `scikit-learn`."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _plain(value: Any) -> Any:
    """Tuples as lists, and numbers that JSON does not know as None."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
