"""What computing costs and the energy it takes, by a stated model; nothing is looked up in a network."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path
from typing import Any, Self

from litmus.errors import ParameterError

__all__ = ["PRICE", "WATTS", "Energy", "Footprint", "Rates", "measuring_energy"]

PRICE, WATTS = "LITMUS_CPU_HOUR_PRICE", "LITMUS_CORE_WATTS"
"""Environment variables that set the price of a CPU hour and the watts of a busy core."""
_RAPL = Path("/sys/class/powercap")


@dataclasses.dataclass(frozen=True)
class Rates:
    """How CPU seconds become money and energy.

    Attributes:
        cpu_hour_price: of one CPU for an hour.
        currency: its name.
        core_watts: of a busy core, with its share of the rest of the machine.
        overhead: what a data centre takes beside, as a factor (power usage effectiveness).
        grams_per_kwh: of carbon dioxide, for a kilowatt hour; None states none.
    """

    cpu_hour_price: float = 0.04
    currency: str = "USD"
    core_watts: float = 10.0
    overhead: float = 1.2
    grams_per_kwh: float | None = None

    def __post_init__(self) -> None:
        for name in ("cpu_hour_price", "core_watts", "overhead", "grams_per_kwh"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < float("inf"):
                raise ParameterError(f"{name}={value!r} is not allowed; give a number from 0 on.")

    @classmethod
    def of_environment(cls) -> Self:
        """The default rates, with what LITMUS_CPU_HOUR_PRICE and LITMUS_CORE_WATTS say.

        Raises:
            ParameterError: when one of them is no number.
        """
        found = cls()
        for name, field in ((PRICE, "cpu_hour_price"), (WATTS, "core_watts")):
            text = os.environ.get(name)
            if text:
                try:
                    found = dataclasses.replace(found, **{field: float(text)})  # type: ignore[arg-type]
                except ValueError as error:
                    raise ParameterError(f"{name}={text!r} is no number from 0 on; set one, such as 0.04.") from error
        return found


@dataclasses.dataclass(frozen=True)
class Footprint:
    """What something cost.

    Attributes:
        cpu_seconds: of all processes.
        cost: in the rates' currency.
        watt_hours: of energy.
        how: how the energy was found, in words.
        rates: the rates.
    """

    cpu_seconds: float
    cost: float
    watt_hours: float
    how: str
    rates: Rates

    @classmethod
    def of_cpu(cls, cpu_seconds: float, rates: Rates | None = None, *, joules: float | None = None) -> Self:
        """From CPU seconds; with `joules` the energy is what was measured.

        Example:
            >>> found = Footprint.of_cpu(3600, Rates(cpu_hour_price=0.05, core_watts=10, overhead=1.2))
            >>> found.cost, found.watt_hours
            (0.05, 12.0)
        """
        used = rates or Rates.of_environment()
        if joules is None:
            energy = cpu_seconds * used.core_watts * used.overhead / 3600
            how = f"{used.core_watts:g} watts for each busy core, times {used.overhead:g} for the data centre"
        else:
            energy = joules * used.overhead / 3600
            how = f"measured by the processor (RAPL), times {used.overhead:g} for the data centre"
        return cls(cpu_seconds, cpu_seconds / 3600 * used.cpu_hour_price, energy, how, used)

    @property
    def grams(self) -> float | None:
        """Of carbon dioxide, where the rates say how much a kilowatt hour causes."""
        return None if self.rates.grams_per_kwh is None else self.watt_hours / 1000 * self.rates.grams_per_kwh

    @property
    def sentence(self) -> str:
        """In plain words."""
        carbon = "" if self.grams is None else f", {self.grams:.3g} g of CO2"
        return (
            f"{self.cpu_seconds:,.1f} CPU seconds: {self.cost:.4g} {self.rates.currency} at {self.rates.cpu_hour_price:g} a CPU "
            f"hour, {self.watt_hours:.3g} Wh{carbon} ({self.how})."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**dataclasses.asdict(self), "grams": self.grams, "sentence": self.sentence}


class Energy:
    """Reads the processors' own energy counters where this machine lets us; see `measuring_energy`.

    Args:
        folder: of the counters.
    """

    def __init__(self, folder: Path = _RAPL) -> None:
        self._counters = []
        for zone in sorted(folder.glob("intel-rapl:*")):
            if zone.name.count(":") == 1:  # a whole processor; its parts are counted in it
                counter = zone / "energy_uj"
                try:
                    int(counter.read_text())
                    wraps = int((zone / "max_energy_range_uj").read_text())
                except (OSError, ValueError):
                    continue
                self._counters.append((counter, wraps))
        self._began = self._read()

    @property
    def known(self) -> bool:
        """Whether there are counters that may be read."""
        return bool(self._counters)

    def _read(self) -> list[int]:
        return [int(counter.read_text()) for counter, _ in self._counters]

    def joules(self) -> float | None:
        """Of the whole machine since this was made; None where it cannot be read. Counters may start over once."""
        if not self._counters:
            return None
        spent = [
            (end - begin) % (wraps + 1)
            for (_, wraps), begin, end in zip(self._counters, self._began, self._read(), strict=True)
        ]
        return sum(spent) / 1e6


class measuring_energy:  # noqa: N801 - read as a statement: `with measuring_energy() as spent`
    """Measures the CPU seconds of this process and its children that end meanwhile, and the energy where it can be read.

    Example:
        >>> with measuring_energy() as spent:
        ...     total = sum(range(100_000))
        >>> spent.footprint.cpu_seconds >= 0
        True
    """

    def __init__(self, rates: Rates | None = None) -> None:
        self._rates = rates
        self.footprint = Footprint.of_cpu(0.0, rates)

    def __enter__(self) -> Self:
        self._energy = Energy()
        self._cpu = _cpu_seconds()
        self.began = time.monotonic()
        return self

    def __exit__(self, *error: object) -> None:
        self.footprint = Footprint.of_cpu(_cpu_seconds() - self._cpu, self._rates, joules=self._energy.joules())


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
