"""The dask layout gives what pandas gives: every method and operation of the other layouts' tests, in three partitions."""

from __future__ import annotations

import pickle
import warnings

import pandas as pd
import pytest
from hypothesis import given
from tables import check, columns, held
from test_elementwise import DATES, NUMBERS, TEXTS
from test_frame import METHODS

OPERATIONS = {
    **{f"frame, {name}": (("str", "small"), call) for name, call in METHODS.items()},
    **{f"frame of floats, {name}": (("str", "modest"), call) for name, call in METHODS.items()},
    **{f"integers, {name}": (("small", "small"), call) for name, call in NUMBERS.items()},
    **{f"numbers, {name}": (("modest", "small"), call) for name, call in NUMBERS.items()},
    **{f"text, {name}": (("str", "str"), call) for name, call in TEXTS.items()},
    **{f"dates, {name}": (("datetime64[us]", "datetime64[us]"), call) for name, call in DATES.items()},
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name: str) -> None:
    kinds, call = OPERATIONS[name]

    @given(frame=columns(*kinds, max_size=8))
    def run(frame) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            check(frame, "dask", call, exact=False)

    run()


@given(frame=columns("str", "int64", "float64", "bool", "datetime64[us]"))
def test_a_table_survives_the_layout(frame: pd.DataFrame) -> None:
    ours = held(frame, "dask")
    assert ours.layout == "dask"
    pd.testing.assert_frame_equal(ours.to_pandas(), frame, check_index_type=False)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(ours)).to_pandas(), frame, check_index_type=False)
