"""Draws docs/images/search_strategies.svg: where random search, TPE and a Gaussian process look for Branin's minima."""

from __future__ import annotations

import math
from pathlib import Path

from litmus.search import (
    Float,
    GaussianProcessSearch,
    History,
    Observation,
    RandomSearch,
    SearchStrategy,
    Space,
    TPESearch,
    next_suggestion,
)

SPACE = Space({"x": Float(-5.0, 10.0), "y": Float(0.0, 15.0)})
MINIMA = [(-math.pi, 12.275), (math.pi, 2.275), (9.42478, 2.475)]
TRIALS, SIDE, GAP, TOP = 40, 200, 20, 26
PATH = Path(__file__).resolve().parents[1] / "docs" / "images" / "search_strategies.svg"


def branin(x: float, y: float) -> float:
    """A function with three equal minima."""
    bowl = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def searched(strategy: SearchStrategy) -> list[Observation]:
    """The trials of one search."""
    seen: list[Observation] = []
    for number in range(TRIALS):
        suggestion = next_suggestion(strategy, SPACE, History(seen, seed=1))
        assert suggestion is not None
        seen.append(Observation(number, suggestion.settings, value=-branin(**suggestion.settings)))
    return seen


def place(x: float, y: float, left: int) -> tuple[float, float]:
    """Where a point is drawn."""
    return round(left + (x + 5) / 15 * SIDE, 1), round(TOP + (15 - y) / 15 * SIDE, 1)


def panel(title: str, trials: list[Observation], left: int) -> list[str]:
    """One search: earlier trials pale, later ones dark, minima as crosses."""
    best = max(trial.value or -math.inf for trial in trials)
    parts = [
        f'<text x="{left + SIDE / 2}" y="17" text-anchor="middle">{title}: best {-best:.2f}</text>',
        f'<rect x="{left}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="#fafafa" stroke="#999"/>',
    ]
    for x, y in MINIMA:
        cx, cy = place(x, y, left)
        parts.append(f'<path d="M{cx - 6} {cy}h12M{cx} {cy - 6}v12" stroke="#d33" stroke-width="2"/>')
    for trial in trials:
        cx, cy = place(trial.settings["x"], trial.settings["y"], left)
        parts.append(
            f'<circle cx="{cx}" cy="{cy}" r="4" fill="#246" fill-opacity="{0.2 + 0.7 * trial.number / TRIALS:.2f}"/>'
        )
    return parts


def main() -> None:
    """Write the picture."""
    strategies = {"random": RandomSearch(), "tpe": TPESearch(), "gp": GaussianProcessSearch()}
    width, height = 3 * SIDE + 4 * GAP, TOP + SIDE + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">'
    ]
    lines.append(f'<rect width="{width}" height="{height}" fill="white"/>')
    for number, (title, strategy) in enumerate(strategies.items()):
        lines += panel(title, searched(strategy), GAP + number * (SIDE + GAP))
    PATH.write_text("\n".join([*lines, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
