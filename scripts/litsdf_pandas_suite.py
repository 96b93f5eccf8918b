"""Run selected modules of the installed pandas' own tests against litsdf, and print pass and fallback rates.

    python scripts/litsdf_pandas_suite.py polars numpy

A test counts when plain pandas passes it and it makes at least one table or column (others never meet litsdf). The calls
counted are those of the tests that pass; `litsdf_call_counting.py` says what a call is.

    --only=reshape,missing   these modules alone
    --why                    the 100 calls that go through pandas most often, by method and dtypes (more: LITSDF_WHY=300)
    --write                  write the failures of what was run to docs/litsdf_pandas_failures.txt
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

MODULES = {
    "strings": [
        "strings/test_case_justify.py", "strings/test_find_replace.py", "strings/test_split_partition.py",
        "strings/test_strings.py", "strings/test_extract.py", "strings/test_cat.py", "strings/test_get_dummies.py",
    ],
    "series methods": [
        f"series/methods/test_{name}.py" for name in (
            "astype", "between", "clip", "count", "drop", "drop_duplicates", "dropna", "explode", "fillna", "isin", "isna",
            "map", "nunique", "rank", "replace", "round", "sort_values", "to_dict", "unique", "value_counts", "head_tail",
            "quantile", "shift", "diff", "cov_corr", "describe", "rename")],
    "frame methods": [
        f"frame/methods/test_{name}.py" for name in (
            "assign", "drop", "drop_duplicates", "dropna", "explode", "fillna", "head_tail", "isin", "nlargest", "rank",
            "rename", "replace", "reset_index", "round", "sort_values", "sample", "transpose", "describe", "pipe")],
    "arithmetic": ["arithmetic/test_bool.py", "arithmetic/test_string.py", "series/test_logical_ops.py"],
    "groupby": ["groupby/methods/test_size.py", "groupby/methods/test_nth.py", "groupby/methods/test_describe.py",
                "groupby/aggregate/test_other.py", "groupby/transform/test_transform.py"],
    "reshape": ["reshape/test_melt.py", "reshape/test_get_dummies.py", "reshape/test_cut.py", "reshape/test_crosstab.py"],
    "missing": ["series/test_missing.py", "series/methods/test_interpolate.py"],
}  # fmt: skip
ROOT = Path(pd.__file__).parent / "tests"
LINE = re.compile(r"^(PASSED|FAILED|ERROR|XFAIL|XPASS|SKIPPED) (\S.*?)(?: - .*)?$")


def outcomes(files: list[str], layout: str | None) -> tuple[dict[str, str], dict[str, Any]]:
    """Run test files under plain pandas (layout None) or under litsdf; test → outcome, and the counted calls."""
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder) / "calls.json"
        here = Path(__file__).resolve().parent
        environment = {**os.environ, "LITSDF_LAYOUT": layout or "", "LITSDF_CALLS": str(calls)}
        environment["PYTHONPATH"] = os.pathsep.join([str(here), str(here.parent / "src")])
        plugin = ["-p", "litsdf_pandas_plugin"] if layout else []
        present = [str(ROOT / file) for file in files if (ROOT / file).exists()]
        command = [sys.executable, "-m", "pytest", *present, *plugin, "-q", "-rA", "--tb=no", "-p", "no:cacheprovider",
                   "-W", "ignore", "--rootdir", str(ROOT), "-c", os.devnull, "--show-capture=no"]  # fmt: skip
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, cwd=folder)
        found = {
            match[2].rpartition("pandas/tests/")[2]: match[1]
            for line in done.stdout.splitlines()
            if (match := LINE.match(line))
        }
        if not found:
            raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
        return found, json.loads(calls.read_text()) if calls.exists() else {}


def main() -> None:
    layouts = [argument for argument in sys.argv[1:] if not argument.startswith("-")] or ["polars"]
    only = next((a.removeprefix("--only=").split(",") for a in sys.argv if a.startswith("--only=")), list(MODULES))
    failures: list[str] = []
    why: Counter[str] = Counter()
    print("| module | layout | tests | passed | % | calls | through pandas % |\n|---|---|---:|---:|---:|---:|---:|")
    sums: dict[str, Counter[str]] = {layout: Counter() for layout in layouts}
    for module in only:
        reference, _ = outcomes(MODULES[module], None)
        counted = [test for test, outcome in reference.items() if outcome == "PASSED"]
        for layout in layouts:
            found, seen = outcomes(MODULES[module], layout)
            met = {_short(test) for test in seen["exercised"]}
            tests = [test for test in counted if test in met]
            passed = {test for test in tests if found.get(test) == "PASSED"}
            failures += [f"{layout} {test}" for test in tests if test not in passed]
            calls: Counter[str] = Counter()
            for test, counts in seen["calls"].items():
                if _short(test) in passed:
                    calls.update(dict(counts))
            why.update({f"{layout} {call}": count for call, count in calls.items() if call.startswith("pandas ")})
            row = Counter(
                tests=len(tests), passed=len(passed), calls=calls.total(),
                through=sum(count for call, count in calls.items() if call.startswith("pandas ")),
            )  # fmt: skip
            sums[layout].update(row)
            print(_line(module, layout, row), flush=True)
    for layout in layouts:
        print(_line("all", layout, sums[layout]))
    if "--why" in sys.argv:
        for call, count in why.most_common(int(os.environ.get("LITSDF_WHY", "100"))):
            print(count, call)
    path = Path(__file__).parents[1] / "docs" / "litsdf_pandas_failures.txt"
    known = set(path.read_text(encoding="utf-8").splitlines())
    for failure in sorted(set(failures) - known):
        print("not in the list of known failures:", failure)
    if "--write" in sys.argv:
        ran = {(layout, file) for layout in layouts for module in only for file in MODULES[module]}
        others = [line for line in known if (line.split(" ", 1)[0], _file(line)) not in ran]
        path.write_text("\n".join(sorted({*failures, *others})) + "\n", encoding="utf-8")


def _file(line: str) -> str:
    """The file of a test in the list of failures."""
    return line.split(" ", 1)[1].partition("::")[0]


def _short(test: str) -> str:
    return test.rpartition("pandas/tests/")[2]


def _line(module: str, layout: str, row: Counter[str]) -> str:
    share, left = 100 * row["passed"] / max(row["tests"], 1), 100 * row["through"] / max(row["calls"], 1)
    return f"| {module} | {layout} | {row['tests']} | {row['passed']} | {share:.1f} | {row['calls']} | {left:.0f} |"


if __name__ == "__main__":
    main()
