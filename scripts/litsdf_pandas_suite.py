"""Run selected modules of the installed pandas' own tests against litsdf, and print pass and fallback rates.

    python scripts/litsdf_pandas_suite.py polars numpy

A test counts when plain pandas passes it and it makes at least one table or column (others never meet litsdf). Writes the failures to docs/litsdf_pandas_failures.txt when asked by --write.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
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
    failures: list[str] = []
    print("| module | layout | tests | passed | % | calls | through pandas % |\n|---|---|---:|---:|---:|---:|---:|")
    for module, files in MODULES.items():
        reference, _ = outcomes(files, None)
        counted = [test for test, outcome in reference.items() if outcome == "PASSED"]
        for layout in layouts:
            found, calls = outcomes(files, layout)
            met = {test.rpartition("pandas/tests/")[2] for test in calls["exercised"]}
            tests = [test for test in counted if test in met]
            passed = [test for test in tests if found.get(test) == "PASSED"]
            failures += [f"{layout} {test}" for test in tests if found.get(test) != "PASSED"]
            total = calls["native"] + calls["pandas"]
            share, left = 100 * len(passed) / max(len(tests), 1), 100 * calls["pandas"] / max(total, 1)
            print(
                f"| {module} | {layout} | {len(tests)} | {len(passed)} | {share:.1f} | {total} | {left:.0f} |",
                flush=True,
            )
    if "--write" in sys.argv:
        path = Path(__file__).parents[1] / "docs" / "litsdf_pandas_failures.txt"
        path.write_text("\n".join(sorted(failures)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
