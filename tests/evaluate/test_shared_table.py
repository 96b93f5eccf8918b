"""Tables shared between processes: the same values and types back, and no copy of the numbers."""

import numpy as np
import pandas as pd
import pytest

from litmus.evaluate.shared_table import read_shared, write_shared


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "number": [1.5, np.nan, -3.0, 4.0],
            "whole": np.array([1, 2, 3, 2**62]),
            "flag": [True, False, True, True],
            "maybe": pd.array([True, None, False, True], dtype="boolean"),
            "text": pd.Series(["a", None, "", "é\u2028"], dtype="str"),
            "day": pd.to_datetime(
                ["2024-01-01", None, "1969-12-31 23:59:59.000001", "2100-01-01"], format="ISO8601"
            ).astype("datetime64[us]"),
            'odd "name"\n': [0.0, 1.0, 2.0, 3.0],
        }
    )


def test_values_and_types_come_back(frame, tmp_path):
    write_shared(frame, tmp_path / "table.arrow")
    pd.testing.assert_frame_equal(read_shared(tmp_path / "table.arrow"), frame)


@pytest.mark.parametrize("rows", [0, 1])
def test_short_tables(frame, tmp_path, rows):
    write_shared(frame.iloc[:rows], tmp_path / "table.arrow")
    pd.testing.assert_frame_equal(read_shared(tmp_path / "table.arrow"), frame.iloc[:rows])


def test_numbers_are_views_of_the_file(tmp_path):
    frame = pd.DataFrame({"x": np.arange(1000.0), "y": np.arange(1000)})
    write_shared(frame, tmp_path / "table.arrow")
    shared = read_shared(tmp_path / "table.arrow")
    for name in frame:
        assert not shared[name].to_numpy().flags.owndata
        assert not shared[name].to_numpy().flags.writeable


def test_a_table_without_columns(tmp_path):
    write_shared(pd.DataFrame(index=pd.RangeIndex(3)), tmp_path / "table.arrow")
    assert read_shared(tmp_path / "table.arrow").shape == (3, 0)


def test_mixed_values_become_text(tmp_path):
    write_shared(pd.DataFrame({"id": pd.Series([1, "b", 2.5], dtype=object)}), tmp_path / "table.arrow")
    assert read_shared(tmp_path / "table.arrow")["id"].tolist() == ["1", "b", "2.5"]
