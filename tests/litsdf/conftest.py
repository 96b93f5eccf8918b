"""Settings of the litsdf tests: reproducible examples, and the tables module beside them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

if pd.__version__.startswith("2."):
    pd.options.future.infer_string = True  # the meaning of pandas 3, as far as pandas 2.3 has it

os.environ["LITSDF_THRESHOLDS"] = os.devnull + ".none"  # not the ones that somebody measured on this machine

settings.register_profile(
    "litsdf",
    max_examples=int(os.environ.get("LITSDF_EXAMPLES", "5")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("litsdf")
