import numpy as np
import pandas as pd
import pytest

from litmus.data import TaskData
from litmus.data.cells import read_cells
from litmus.data.markers import DEFAULT_MARKERS, Markers
from litmus.errors import ParameterError


def _y(rows):
    return ["a", "b"] * (rows // 2)


@pytest.mark.parametrize(
    "marker", ["?", "NA", "N/A", "n/a", "null", "NULL", "None", "NaN", "nan", "-", "", "  ", " ? "]
)
def test_a_marker_is_a_missing_cell_and_is_counted(marker):
    cells = read_cells(pd.Series(["red", marker, "blue", marker]), DEFAULT_MARKERS)
    assert cells.absent.tolist() == [False, True, False, True]
    assert cells.markers == {marker.strip(): 2}


def test_a_marker_is_a_whole_cell_only():
    cells = read_cells(pd.Series(["why?", "NAN bread", "a-b", "Nathan", "none"]), DEFAULT_MARKERS)
    assert cells.missing == 0


def test_markers_between_numbers_leave_a_numeric_column():
    loaded = TaskData.create(data={"x": ["1", "?", "2.5", "-"] * 10, "y": _y(40)}, target="y").load()
    assert loaded.schema["x"].kind == "numeric"
    assert loaded.train["x"].dtype == np.float64
    assert any(note == "x: 10 '?', 10 '-' read as missing." for note in loaded.notes)
    assert not loaded.schema["x"].required


def test_markers_may_be_given_for_all_columns():
    data = {"x": ["unknown", "red", "?", "blue"] * 10, "y": _y(40)}
    loaded = TaskData.create(data=data, target="y", missing_markers=["unknown"]).load()
    assert set(loaded.train["x"].dropna()) == {"red", "?", "blue"}
    assert loaded.schema["x"].markers == ("", "unknown")


def test_markers_may_be_given_by_column():
    data = {"x": ["unknown", "red"] * 20, "z": ["unknown", "?"] * 20, "y": _y(40)}
    loaded = TaskData.create(data=data, target="y", missing_markers={"x": ["unknown"]}).load()
    assert set(loaded.train["x"].dropna()) == {"red"}
    assert set(loaded.train["z"].dropna()) == {"unknown"}


def test_a_class_called_none_stays_a_class():
    loaded = TaskData.create(data={"x": range(40), "y": ["None", "mild"] * 20}, target="y").load()
    assert loaded.target.classes == ("None", "mild")


def test_a_question_mark_in_the_target_is_missing():
    loaded = TaskData.create(data={"x": range(40), "y": ["?", "a", "b", "a"] * 10}, target="y").load()
    assert loaded.target.classes == ("a", "b")
    assert "10 rows of 40 without a value of the target 'y' were dropped (10 '?')." in loaded.notes


def test_a_marker_that_is_no_text_is_refused():
    with pytest.raises(ParameterError, match="holds -999, which is no text"):
        Markers.of([-999])


def test_an_empty_list_still_reads_empty_cells_as_missing():
    markers = Markers.of([]).of_column("x")
    assert read_cells(pd.Series(["", "?"]), markers).absent.tolist() == [True, False]
