"""`python -m litsdf calibrate`: measure the layouts on this machine and keep the thresholds for this user."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m litsdf", description="litsdf on the command line.")
    commands = parser.add_subparsers(dest="command", required=True)
    calibrate = commands.add_parser("calibrate", help="measure which layout is the fastest at which number of rows")
    calibrate.add_argument("--largest", type=int, default=1_000_000, help="largest number of rows (default: 1,000,000)")
    calibrate.add_argument("--dry-run", action="store_true", help="measure, and write nothing")
    options = parser.parse_args(arguments)

    from litsdf.calibrate import SIZES, best_thresholds, measure
    from litsdf.choose import save_thresholds

    times = {}
    for name, rows, layout, seconds in measure([size for size in SIZES if size <= max(options.largest, 10)]):
        times[name, rows, layout] = seconds
        sys.stdout.write(f"{name:8} {rows:>9,} rows  {layout:8} {seconds * 1000:10.3f} ms\n")
    limits = best_thresholds(times)
    sys.stdout.write(f"record: 1 row; numpy: to {limits.numpy:,}; pandas: to {limits.pandas:,}; polars above\n")
    if not options.dry_run:
        sys.stdout.write(f"written to {save_thresholds(limits)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
