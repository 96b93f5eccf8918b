"""The loop end to end, unattended: captured → alarm → retrained with labels that came later → gated → canary → promoted.

A model of the Adult table is served while `litmus monitor run` watches it. Requests arrive all the time, and what came true is
sent back for each. After a while the table changes: ages come in months, weekly hours in minutes, and marital status and
relationship in codes that training never saw. Nobody does anything about it.

    python benchmarks/closed_loop.py [--before 80] [--limit 540]

prints the log of the loop, and ends with 1 when the new model was not promoted, or a request failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd

PLAN = """\
monitors:
  - endpoint: income
    every: 10s
    kinds: [data_quality, data_drift, model_quality]
    window: 4000
alarms:
  - name: drift
    when: data_drift >= alarm
    notify:
      - command: [{python}, -c, "import json, sys; open(sys.argv[1], 'a').write(json.load(sys.stdin)['title'] + chr(10))", {told}]
retraining:
  - endpoint: income
    alarms: drift
    pause: 20s
    rollout: canary:20:5s
    gate: {{slice_tolerance: 0.1}}
"""
ROWS_A_REQUEST = 20
PAUSE = 0.08


def table() -> pd.DataFrame:
    here = Path(__file__).resolve().parents[1]
    frame = pd.read_csv(here / "examples" / "adult" / "adult.csv.gz", skipinitialspace=True)
    return frame.sample(frac=1, random_state=0).reset_index(drop=True)


def changed(frame: pd.DataFrame) -> pd.DataFrame:
    """The same people by another source."""
    codes = {name: {value: f"{name[:2].upper()}{place}" for place, value in enumerate(sorted(frame[name].unique()))}
             for name in ("marital-status", "relationship")}  # fmt: skip
    recoded = {name: frame[name].map(codes[name]) for name in codes}
    return frame.assign(age=frame["age"] * 12, **{"hours-per-week": frame["hours-per-week"] * 60}, **recoded)


class Traffic(threading.Thread):
    """Asks all the time, and says what came true; counts what failed."""

    def __init__(self, url: str, key: str, rows: pd.DataFrame, target: str) -> None:
        super().__init__(daemon=True)
        self.url, self.key, self.target = url, key, target
        self.rows = rows
        self.asked = self.right = self.failed = 0
        self.since: list[tuple[float, str, int]] = []
        self.ended = threading.Event()

    def run(self) -> None:
        import httpx

        draw = np.random.default_rng(1)
        with httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=30) as client:
            while not self.ended.is_set():
                part = self.rows.iloc[draw.integers(0, len(self.rows), ROWS_A_REQUEST)]
                labels = part[self.target].tolist()
                inputs = part.drop(columns=[self.target]).replace({np.nan: None}).to_dict("records")
                try:
                    answer = client.post("/predict", json=inputs)
                    answer.raise_for_status()
                    told = client.post(
                        "/feedback", json={"request_id": answer.headers["X-Request-Id"], "labels": labels}
                    )
                    told.raise_for_status()
                except Exception as error:
                    self.failed += 1
                    print(f"a request failed: {error}", flush=True)
                else:
                    said = answer.json()
                    said = said["predictions"] if isinstance(said, dict) else said
                    names = [each["prediction"] if isinstance(each, dict) else each for each in said]
                    hits = sum(str(one) == str(other) for one, other in zip(names, labels, strict=True))
                    self.since.append((time.monotonic(), answer.headers.get("X-Litmus-Model", ""), hits))
                self.asked += 1
                time.sleep(PAUSE)

    def accuracy(self, begin: float, end: float, version: str) -> float:
        hits = [hit for when, model, hit in self.since if begin <= when < end and model == version]
        return sum(hits) / (ROWS_A_REQUEST * len(hits)) if hits else float("nan")


def loop(before: float, limit: float) -> int:
    import litmus
    from litmus.store import Store

    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:7.1f} s  {text}", flush=True)

    rows = table()
    target = rows.columns[-1]
    home = Path(os.environ["LITMUS_HOME"])
    rows.iloc[:8000].to_parquet(home / "people.parquet")
    run = litmus.train(str(home / "people.parquet"), target=target, algorithm="LightGBM", callbacks=[])
    say(f"trained {run.best.version}: {run.summary()}")
    endpoint = run.best.deploy("income", workers=1, capture=1.0)
    say(f"{endpoint.name} is up at {endpoint.url}")
    (home / "monitor.yaml").write_text(PLAN.format(python=sys.executable, told=home / "told.txt"))
    command = [sys.executable, "-m", "litmus", "monitor", "run", str(home / "monitor.yaml")]
    watcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    threading.Thread(target=lambda: [say(line.rstrip()) for line in watcher.stdout or ()], daemon=True).start()
    usual, moved = rows.iloc[8000:20000], changed(rows.iloc[20000:])
    traffic = Traffic(endpoint.url, str(endpoint.key), usual, target)
    traffic.start()
    store = Store()
    try:
        time.sleep(before)
        quiet = [alarm.rule for alarm in store.alarms()]
        say(f"{traffic.asked:,} requests, alarms before the change: {quiet or 'none'}. THE TABLE CHANGES NOW.")
        planted, traffic.rows = time.monotonic(), moved
        done = []
        while not done and time.monotonic() - begun < limit:
            time.sleep(1)
            done = store.decisions("income", what="rolled out")
        promoted = time.monotonic()
        if done:
            time.sleep(10)
            old, new = str(done[0].before), str(done[0].after)
            say(f"PROMOTED {new}, {promoted - planted:.0f} s after the change")
            say(f"accuracy before the change {traffic.accuracy(begun, planted, old):.3f}, after it {traffic.accuracy(planted, promoted, old):.3f}, "
                f"of the new model {traffic.accuracy(planted, time.monotonic(), new):.3f}")  # fmt: skip
    finally:
        traffic.ended.set()
        traffic.join(30)
        watcher.terminate()
        watcher.wait(60)
        endpoint.delete()
    say(f"decisions: {', '.join(f'{each.what} ({each.before} to {each.after})' for each in store.decisions('income'))}")
    say(
        f"champion: {store.alias(store.find(run.best.version).name)}; told: {(home / 'told.txt').read_text().split(chr(10))[:-1]}"
    )
    say(f"{traffic.asked:,} requests of {ROWS_A_REQUEST} rows, {traffic.failed} failed")
    return 0 if done and not traffic.failed and not quiet else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=float, default=80.0, help="seconds before the change")
    parser.add_argument("--limit", type=float, default=540.0, help="seconds after which it has failed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["LITMUS_HOME"] = home
        return loop(given.before, given.limit)


if __name__ == "__main__":
    sys.exit(main())
