"""Steps that misbehave, for models that are to be taken back."""

import sys
import time

NOBODY = 999
"""An age that no training row has."""


def fail(df):
    if NOBODY in set(df["age"].to_list()):
        raise ValueError("nobody of that age")
    return df


def refuse(df):
    if "litmus.serve.worker" in sys.modules:
        raise ValueError("not where it is served")
    df["age"].to_list()
    return df


def sleep(df):
    time.sleep(0.001 if len(df["age"].to_list()) > 1 else 0.03)
    return df
