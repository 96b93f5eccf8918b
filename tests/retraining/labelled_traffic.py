"""Small tables, models and captured requests with labels, as an endpoint would have them."""

import numpy as np
import pandas as pd

from litmus.capture import CaptureRecorder, Feedback
from litmus.runtime.answers import Answers


def table(rows, *, seed=0, moved=False):
    """A table whose label follows from a number and a category; moved: the category is spelled anew and the number missing."""
    draw = np.random.default_rng(seed)
    kind = draw.choice(["red", "green", "blue"], rows)
    size = draw.normal(0, 1, rows)
    signal = size + np.select([kind == "red", kind == "green"], [1.5, -1.5], 0.0) + draw.normal(0, 0.6, rows)
    frame = pd.DataFrame(
        {"size": size, "kind": kind, "noise": draw.normal(0, 1, rows), "label": np.where(signal > 0, "yes", "no")}
    )
    if moved:
        frame["kind"] = frame["kind"].str.upper()
        frame["size"] = -3 * frame["size"] + 20
    return frame


def capture(folder, frame, *, labels=True, name="main", version="table-1", extra=()):
    """Write rows down as an endpoint's worker does, and what came true beside them."""
    recorder = CaptureRecorder(folder, share=1.0, max_bytes=10**9)
    recorder.start()
    rows = frame.drop(columns=["label"]).to_dict("records")
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        answers = Answers(["no"] * len(part), np.tile([0.6, 0.4], (len(part), 1)))
        recorder.record(f"{name}-{start}", name, version, rows=part, answers=answers, seconds=0.001)
    recorder.stop()
    if labels:
        given = list(frame["label"])
        feedback = Feedback(folder, max_bytes=10**9)
        for start in range(0, len(given), 500):
            feedback.add({"request_id": f"{name}-{start}", "labels": given[start : start + 500]})
        for entry in extra:
            feedback.add(entry)
