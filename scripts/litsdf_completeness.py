"""Write the completeness table of litsdf into docs/litsdf.md, between its markers."""

from __future__ import annotations

from pathlib import Path

from litsdf.completeness import summary, table

START, END = "<!-- completeness: start -->", "<!-- completeness: end -->"
LAYOUTS = ("record", "numpy", "polars", "dask")


def page() -> str:
    counts = summary()
    lines = ["| part | layout | native | gathered | through pandas | missing |", "|---|---|---:|---:|---:|---:|"]
    for (part, layout), states in counts.items():
        shown = " | ".join(str(states[state]) for state in ("native", "gathered", "pandas", "missing"))
        lines.append(f"| {part} | {layout} | {shown} |")
    lines += ["", f"| method | {' | '.join(LAYOUTS)} |", "|---" * (len(LAYOUTS) + 1) + "|"]
    for part, name, states in table():
        lines.append(f"| {part}.{name} | " + " | ".join(states[layout] for layout in LAYOUTS) + " |")
    return "\n".join(lines)


def main() -> None:
    path = Path(__file__).parents[1] / "docs" / "litsdf.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{START}\n\n{page()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
