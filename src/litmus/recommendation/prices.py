"""What machines cost by the hour, and what an answer costs on one."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from importlib.resources import files
from numbers import Real
from pathlib import Path
from typing import Any

from litmus.errors import ParameterError
from litmus.quantities import parse_bytes

__all__ = ["MachinePrice", "PriceTable", "cost_per_inference", "read_prices"]

_EXAMPLE = '{"machines": [{"name": "small", "cpus": 2, "memory": "4GiB", "per_hour": 0.05}]}'


@dataclasses.dataclass(frozen=True)
class MachinePrice:
    """A machine, and what it costs.

    Attributes:
        name: what it is called.
        cpus: cores; of a cloud usually two threads of one.
        memory: bytes.
        per_hour: its price for an hour, in the table's currency.
    """

    name: str
    cpus: int
    memory: int
    per_hour: float


@dataclasses.dataclass(frozen=True)
class PriceTable:
    """Machines and their prices.

    Attributes:
        machines: one or more.
        currency: of all prices.
        source: where they are from.
        date: when they held.
    """

    machines: tuple[MachinePrice, ...]
    currency: str = "USD"
    source: str = "given"
    date: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a file of prices has it."""
        return {**dataclasses.asdict(self), "machines": [dataclasses.asdict(one) for one in self.machines]}


def cost_per_inference(per_hour: float, invocations_per_minute: float) -> float:
    """What one request costs: the price of an hour over the most requests that are answered in one.

    Example:
        >>> round(cost_per_inference(0.115, 329) * 1e6, 3)
        5.826
    """
    if not (per_hour >= 0 and invocations_per_minute > 0):
        raise ParameterError(
            f"A cost needs a price of 0 or more and requests above 0; got {per_hour!r} an hour and "
            f"{invocations_per_minute!r} requests a minute."
        )
    return per_hour / (invocations_per_minute * 60)


def read_prices(prices: Any = None) -> PriceTable:
    """A table of prices.

    Args:
        prices: the path of a JSON or YAML file, what such a file holds, a `PriceTable`, or None for the one that Litmus
            has: a copy of it is a good start for one's own.

    Raises:
        ParameterError: when it cannot be read; the message says what is wrong.

    Example:
        >>> table = read_prices({"machines": [{"name": "desk", "cpus": 4, "memory": "8GiB", "per_hour": 0.02}]})
        >>> table.machines[0].per_hour, read_prices().currency
        (0.02, 'USD')
    """
    if isinstance(prices, PriceTable):
        return prices
    if prices is None:
        content = json.loads(files("litmus.recommendation").joinpath("prices.json").read_text(encoding="utf-8"))
        return _table(content, "the table of Litmus")
    if isinstance(prices, str | Path):
        return _table(_content(Path(prices).expanduser()), str(prices))
    return _table(prices, "prices")


def _content(path: Path) -> Any:
    """What a file of prices holds."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ParameterError(f"The prices in {path} cannot be read: {why}.") from error
    try:
        if path.suffix.lower() in (".yaml", ".yml"):
            return _yaml(text, path)
        return json.loads(text)
    except ValueError as error:
        raise ParameterError(f"The prices in {path} are no JSON ({error}); write such as {_EXAMPLE}.") from error


def _yaml(text: str, path: Path) -> Any:
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise ParameterError(f"Reading {path} needs PyYAML: pip install pyyaml. Or write the prices as JSON.") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error


def _table(content: Any, where: str) -> PriceTable:
    machines = content.get("machines") if isinstance(content, Mapping) else None
    if not isinstance(machines, list | tuple) or not machines:
        raise ParameterError(f"{where} names no machines; write such as {_EXAMPLE}.")
    extra = sorted(map(str, set(content) - {"machines", "currency", "source", "date"}))
    if extra:
        raise ParameterError(f"{where} has {extra[0]!r}; known: machines, currency, source, date.")
    found = tuple(_machine(machine, f"{where}, machine {number}") for number, machine in enumerate(machines, 1))
    facts = {name: str(content[name]) for name in ("currency", "source", "date") if name in content}
    return PriceTable(found, **facts)


def _machine(given: Any, where: str) -> MachinePrice:
    names = [field.name for field in dataclasses.fields(MachinePrice)]
    if not isinstance(given, Mapping) or set(given) != set(names):
        raise ParameterError(f"{where} must have {', '.join(names)} and nothing else; got {given!r}.")
    cpus, price = given["cpus"], given["per_hour"]
    if isinstance(cpus, bool) or not isinstance(cpus, int) or cpus < 1:
        raise ParameterError(f"{where}: cpus={cpus!r} is not allowed; give whole cores, at least 1.")
    if isinstance(price, bool) or not isinstance(price, Real) or not 0 <= float(price) < math.inf:
        raise ParameterError(f"{where}: per_hour={price!r} is not allowed; give a price of 0 or more.")
    return MachinePrice(str(given["name"]), cpus, parse_bytes(given["memory"], name=f"{where}: memory"), float(price))
