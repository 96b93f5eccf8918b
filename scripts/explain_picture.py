"""Draws docs/images/explain-dependence.svg: partial dependence of income on age, with the curves of single people."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import litmus
from litmus.explain import Dependence, partial_dependence
from litmus.report.vega import thinned

ROOT = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT, LEFT, BOTTOM = 620, 320, 60, 44


def main() -> None:
    people = pd.read_csv(ROOT / "examples/adult/adult.csv.gz", na_values="?")
    run = litmus.train(people.head(4_000), target="income", algorithm="LightGBM", callbacks=[], executor="in_process")
    found = partial_dependence(run.best, people.tail(1_000), "age")
    (ROOT / "docs/images/explain-dependence.svg").write_text(drawn(found), encoding="utf-8")


def drawn(found: Dependence) -> str:
    ages = [float(value) for value in found.grid[0]]
    low, high = min(ages), max(ages)

    def path(values: list[float]) -> str:
        points = (
            f"{LEFT + (WIDTH - LEFT - 20) * (age - low) / (high - low):.1f},{(HEIGHT - BOTTOM) - (HEIGHT - BOTTOM - 20) * y:.1f}"
            for age, y in zip(ages, values, strict=True)
        )
        return " ".join(points)

    lines = [
        f'<polyline points="{path(found.rows[row, :, 0].tolist())}" fill="none" stroke="#888" stroke-opacity=".25"/>'
        for row in thinned(len(found.rows), 40)
    ]
    lines.append(
        f'<polyline points="{path(found.mean[:, 0].tolist())}" fill="none" stroke="#3b7dd8" stroke-width="3"/>'
    )
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = (HEIGHT - BOTTOM) - (HEIGHT - BOTTOM - 20) * share
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{share:g}</text>')
        lines.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y:.1f}" y2="{y:.1f}" stroke="#888" stroke-opacity=".2"/>'
        )
    for age in (20, 30, 40, 50, 60, 70):
        if low <= age <= high:
            x = LEFT + (WIDTH - LEFT - 20) * (age - low) / (high - low)
            lines.append(f'<text x="{x:.0f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{age}</text>')
    lines.append(f'<text x="{WIDTH // 2}" y="{HEIGHT - 6}" text-anchor="middle">age</text>')
    lines.append(
        f'<text x="14" y="{HEIGHT // 2}" text-anchor="middle" transform="rotate(-90 14 {HEIGHT // 2})">probability of &gt;50K</text>'
    )
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" '
        f'fill="#666">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    main()
