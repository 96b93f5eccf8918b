"""What every step must do: inherit `StepContract` in your tests and give it your step."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from litmus.state import load_component, save_component
from litmus.steps.base import Block, Encoder, Step
from litmus.steps.own_code import taken_back
from litsdf.interchange import as_frame

__all__ = ["StepContract"]


class StepContract:
    """Tests of one step. Give the fixture `step`, and `table` or `target` when yours needs other columns.

    Example:
        >>> import pytest
        >>> from litmus.steps import StandardScale
        >>> class TestStandardScale(StepContract):
        ...     @pytest.fixture
        ...     def step(self):
        ...         return StandardScale()
    """

    @pytest.fixture
    def step(self) -> Step:
        """The unfitted step to test."""
        raise NotImplementedError("Define the fixture `step` in your test class; it returns an unfitted step.")

    @pytest.fixture
    def table(self) -> pd.DataFrame:
        """Training rows with a column of each kind, in each of which some values are missing."""
        random = np.random.default_rng(0)
        rows = 80
        table = pd.DataFrame(
            {
                "amount": random.lognormal(size=rows),
                "age": random.integers(18, 90, rows),
                "member": pd.array(random.random(rows) < 0.3, dtype="boolean"),
                "city": pd.Series(
                    random.choice(["Bonn", "Kiel", "Ulm", "Jena"], rows, p=[0.5, 0.3, 0.15, 0.05]), dtype="str"
                ),
                "note": pd.Series(
                    random.choice(["please refund me", "great thanks", "Where is it?"], rows), dtype="str"
                ),
                "paid": pd.Timestamp("2024-01-30") + pd.to_timedelta(random.integers(0, 900_000, rows), unit="min"),
            },
            index=pd.RangeIndex(100, 100 + rows),
        )
        for place, name in enumerate(("amount", "member", "city", "note", "paid")):
            table.loc[table.index[place::11], name] = None
        return table

    @pytest.fixture
    def target(self, table: pd.DataFrame) -> np.ndarray:
        """Class codes 0 and 1 (rows,)."""
        return np.arange(len(table)) % 3 // 2

    def test_it_does_not_change_the_callers_table(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """Fitting and applying leave the table as it was."""
        before = table.copy(deep=True)
        fit(step, table, target)
        apply(step, table)
        pd.testing.assert_frame_equal(table, before)

    def test_it_keeps_every_row(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """Training rows and new rows come back as many as they went in, with the same index."""
        check_rows(fit(step, table, target), table)
        check_rows(apply(step, table), table)
        check_rows(apply(step, table.iloc[:7]), table.iloc[:7])

    def test_names_fit_the_features(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """An encoder names each feature once and gives float32; a step names each column once."""
        result = fit(step, table, target)
        again = apply(step, table)
        names = result.names if isinstance(result, Block) else list(result.columns)
        assert len(set(names)) == len(names)
        if isinstance(result, Block):
            assert isinstance(again, Block)
            assert result.names == again.names
            assert result.values.shape == (len(table), len(names))
            assert result.values.dtype == np.float32
            assert all(0 <= place < len(names) for place in result.categorical)
            taken: list[str] = getattr(step, "columns_", [])
            assert set(taken) <= set(table.columns)
        else:
            assert list(again.columns) == list(result.columns)  # type: ignore[union-attr]

    def test_one_row_gives_what_it_gives_in_a_batch(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """A row's result does not depend on the rows it is sent with."""
        fit(step, table, target)
        batch = numbers(apply(step, table))
        for row in (0, 1, 11, len(table) - 1):
            check_equal(numbers(apply(step, table.iloc[[row]])), batch.iloc[[row]])

    @pytest.mark.parametrize("layout", ["numpy", "polars"])
    def test_every_layout_gives_the_same(
        self, step: Step, table: pd.DataFrame, target: np.ndarray, layout: str
    ) -> None:
        """A table of arrays, and one of Polars columns, give what pandas gives: values, names and types."""
        pytest.importorskip(layout)
        fit(step, table, target)
        result, expected = numbers(apply(step, table, layout)), numbers(apply(step, table))
        check_equal(result, expected)
        assert result.dtypes.tolist() == expected.dtypes.tolist()

    def test_a_single_record_gives_the_same(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """A row of plain Python values gives what it gives in a batch."""
        fit(step, table, target)
        batch = numbers(apply(step, table))
        for row in range(0, len(table), 7):
            check_equal(numbers(apply(step, table.iloc[[row]], "record")), batch.iloc[[row]])

    def test_rows_may_come_in_any_order(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """Reversed rows give the reversed result."""
        fit(step, table, target)
        batch = numbers(apply(step, table))
        check_equal(numbers(apply(step, table.iloc[::-1])), batch.iloc[::-1])

    def test_columns_may_come_in_any_order(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """The order of the columns makes no difference to any value."""
        fit(step, table, target)
        batch = numbers(apply(step, table))
        other = numbers(apply(step, table[list(table.columns)[::-1]]))
        check_equal(other[list(batch.columns)], batch)

    def test_unseen_categories(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """Text that was not in training changes neither columns nor rows."""
        expected = shape(fit(step, table, target))
        strange = table.assign(**dict.fromkeys(table.select_dtypes("str").columns, "entirely unseen"))
        result = apply(step, strange)
        assert shape(result) == expected
        check_rows(result, strange)

    def test_missing_values(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """A row in which every value is missing gives a row."""
        expected = shape(fit(step, table, target))
        nothing = table.reindex([-1, -2])
        result = apply(step, nothing)
        assert shape(result) == expected
        check_rows(result, nothing)

    def test_no_rows(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """A table without rows gives the columns without rows."""
        expected = shape(fit(step, table, target))
        result = apply(step, table.iloc[:0])
        assert shape(result) == expected
        check_rows(result, table.iloc[:0])

    def test_a_clone_is_equal_and_unfitted(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """`clone` copies the parameters and nothing that was learned."""
        fit(step, table, target)
        clone = step.clone()
        assert clone == step
        assert not [name for name in vars(clone) if name.endswith("_")]

    def test_fitting_again_forgets(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """A step fitted on other rows before gives what a new one gives."""
        half = len(table) // 2
        used, fresh = step.clone(), step.clone()
        fit(used, table.iloc[:half], target[:half])
        apply(used, table)
        for each in (used, fresh):
            fit(each, table.iloc[half:], target[half:])
        check_equal(numbers(apply(used, table)), numbers(apply(fresh, table)))

    def test_fitting_is_repeatable(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """The same rows and parameters give the same training features."""
        first, second = fit(step.clone(), table, target), fit(step.clone(), table, target)
        check_equal(numbers(first), numbers(second))

    def test_the_report_is_sentences(self, step: Step, table: pd.DataFrame, target: np.ndarray) -> None:
        """`report` gives sentences."""
        fit(step, table, target)
        assert all(isinstance(line, str) and line.endswith(".") for line in step.report())

    def test_it_is_the_same_after_saving(
        self, step: Step, table: pd.DataFrame, target: np.ndarray, tmp_path: Path
    ) -> None:
        """A saved and loaded step gives the same features; built-in steps need no trust."""
        fit(step, table, target)
        pickled = save_component(step, tmp_path)
        loaded = load_component(tmp_path, trust=pickled)
        assert pickled or loaded.settings() == step.settings()
        check_equal(numbers(apply(loaded, table)), numbers(apply(step, table)))
        assert loaded.report() == step.report()


def fit(step: Step, table: pd.DataFrame, target: np.ndarray) -> pd.DataFrame | Block:
    """What the pipeline does with training rows."""
    frame = as_frame(table)
    if isinstance(step, Encoder):
        return step.fit_encode(frame, target)
    return taken_back(step.fit_transform(frame, target), frame, step.name).to_pandas()


def apply(step: Step, table: pd.DataFrame, layout: str = "pandas") -> pd.DataFrame | Block:
    """What the pipeline does with new rows, held in a layout."""
    frame = as_frame(table).to_layout(layout)
    if isinstance(step, Encoder):
        return step.encode(frame)
    return taken_back(step.transform(frame), frame, step.name).to_pandas()


def check_rows(result: pd.DataFrame | Block, table: pd.DataFrame) -> None:
    """The result has the table's rows, and a table its index."""
    if isinstance(result, Block):
        assert result.values.shape[0] == len(table)
    else:
        pd.testing.assert_index_equal(result.index, table.index)


def shape(result: pd.DataFrame | Block) -> tuple[str, ...]:
    """The names of what was made."""
    return tuple(result.names) if isinstance(result, Block) else tuple(result.columns)


def numbers(result: pd.DataFrame | Block) -> pd.DataFrame:
    """The result as a table, to compare."""
    if isinstance(result, pd.DataFrame):
        return result
    values: Any = result.values
    values = values.toarray() if sparse.issparse(values) else values
    return pd.DataFrame(values, columns=list(result.names))


def check_equal(result: pd.DataFrame, expected: pd.DataFrame) -> None:
    """The same values in the same columns, but for rounding and the labels of the rows."""
    result, expected = result.reset_index(drop=True), expected.reset_index(drop=True)
    pd.testing.assert_frame_equal(result, expected, check_dtype=False, rtol=1e-5, atol=1e-6)
