"""The outputs of a compiled model for rows that are mixed: some columns of one row, the others of another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from litmus.program import Rows
from litmus.runtime.columns import is_one_row, read_rows

if TYPE_CHECKING:
    from litmus.data.schema import Schema
    from litmus.program import Program
    from litmus.runtime.model import RuntimeModel

__all__ = ["Mixer", "as_array", "dict_rows", "mixer_of"]


class Mixer(Protocol):
    """Rows to explain and background rows, and what the model answers to mixtures of them.

    Attributes:
        players: the columns that the model reads.
        n_rows: how many rows are to be explained.
    """

    players: tuple[str, ...]
    n_rows: int

    def own(self) -> np.ndarray:
        """The scores of the rows to explain."""

    def background(self) -> np.ndarray:
        """The scores of the background rows."""

    def mixed(self, row: int, members: np.ndarray, background: np.ndarray) -> np.ndarray:
        """The scores of mixtures.

        Args:
            row: the row to explain.
            members: whether each player's value is the row's (mixtures, players).
            background: the background row that the other values are of (mixtures,).
        """


def mixer_of(model: RuntimeModel, rows: Any, background: Sequence[Mapping[str, Any]]) -> Mixer:
    """The fastest way to mix rows for a model: made features where each is of one column, else columns, else whole rows."""
    program = model.scoring.program
    if program is None or model.scoring.has_native:
        return _OfRows(model, dict_rows(rows, model.schema), background)
    dense, sparse = program.owners()
    single = all(len(columns) <= 1 for columns in (*dense, *sparse))
    return (_OfFeatures if single else _OfColumns)(model, program, rows, background)


class _OfColumns:
    """Mixes parsed columns; the program makes features of every mixture."""

    def __init__(
        self, model: RuntimeModel, program: Program, rows: Any, background: Sequence[Mapping[str, Any]]
    ) -> None:
        self.players = tuple(program.inputs)
        self._scoring = model.scoring
        self._program = program
        given = [rows] if is_one_row(rows) else rows
        table = read_rows(given, model.schema, self.players)
        self.n_rows = table.n_rows
        self._rows = {name: as_array(values) for name, values in table.columns.items()}
        against = read_rows([dict(row) for row in background], model.schema, self.players)
        self._n_background = against.n_rows
        self._background = {name: as_array(values) for name, values in against.columns.items()}

    def own(self) -> np.ndarray:
        return self._scoring.many(self._rows, self.n_rows, None)

    def background(self) -> np.ndarray:
        return self._scoring.many(self._background, self._n_background, None)

    def mixed(self, row: int, members: np.ndarray, background: np.ndarray) -> np.ndarray:
        columns = {}
        for place, name in enumerate(self.players):
            values = self._background[name][background]
            values[members[:, place]] = self._rows[name][row]
            columns[name] = values
        return self._scoring.many(columns, len(members), None)


class _OfFeatures(_OfColumns):
    """Mixes made features, each of which is of one column."""

    def __init__(
        self, model: RuntimeModel, program: Program, rows: Any, background: Sequence[Mapping[str, Any]]
    ) -> None:
        super().__init__(model, program, rows, background)
        dense, sparse = program.owners()
        numbers = {name: place for place, name in enumerate(self.players)}
        # a feature of no column is the same in every row: whose it is does not matter
        self._owner = np.array([numbers[next(iter(columns))] if columns else 0 for columns in dense], dtype=np.int64)
        self._block_owner = [numbers[next(iter(columns))] if columns else 0 for columns in sparse]
        self._made = program.rows(self._rows, self.n_rows)
        self._made_background = program.rows(self._background, self._n_background)

    def mixed(self, row: int, members: np.ndarray, background: np.ndarray) -> np.ndarray:
        own = self._made.dense[row]
        dense = np.where(members[:, self._owner], own, self._made_background.dense[background])
        sparse = []
        for number, owner in enumerate(self._block_owner):
            source = np.where(members[:, owner], self._n_background, background)
            sparse.append(_gathered(self._made_background.sparse[number], self._made.sparse[number], row, source))
        return self._scoring.of_features(Rows(np.ascontiguousarray(dense, dtype=np.float32), sparse))


def _gathered(
    background: tuple[np.ndarray, np.ndarray, np.ndarray, int],
    own: tuple[np.ndarray, np.ndarray, np.ndarray, int],
    row: int,
    source: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Rows of a sparse block by their numbers; the one after the last background row is the explained one."""
    starts, ends = own[0][row], own[0][row + 1]
    indptr = np.append(background[0], background[0][-1] + ends - starts)
    indices = np.concatenate([background[1][: background[0][-1]], own[1][starts:ends]])
    values = np.concatenate([background[2][: background[0][-1]], own[2][starts:ends]])
    lengths = np.diff(indptr)[source]
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    at = np.repeat(indptr[source] - bounds[:-1], lengths) + np.arange(bounds[-1])
    return bounds.astype(background[0].dtype), indices[at], values[at], background[3]


class _OfRows:
    """Mixes rows as their user has them; for models of which a part runs with its own library."""

    def __init__(
        self, model: RuntimeModel, rows: list[dict[str, Any]], background: Sequence[Mapping[str, Any]]
    ) -> None:
        self.players = tuple(model.schema.inputs)
        self.n_rows = len(rows)
        self._model = model
        self._rows = rows
        self._background = [dict(row) for row in background]

    def own(self) -> np.ndarray:
        return self._model.scores(self._rows)

    def background(self) -> np.ndarray:
        return self._model.scores(self._background)

    def mixed(self, row: int, members: np.ndarray, background: np.ndarray) -> np.ndarray:
        own = self._rows[row]
        mixtures = []
        for coalition, number in zip(members.tolist(), background.tolist(), strict=True):
            other = self._background[number]
            sources = {name: own if is_own else other for name, is_own in zip(self.players, coalition, strict=True)}
            mixtures.append({name: source.get(name) for name, source in sources.items()})
        return self._model.scores(mixtures)


def dict_rows(rows: Any, schema: Schema) -> list[dict[str, Any]]:
    """Rows of any form as dicts."""
    if isinstance(rows, Mapping):
        if is_one_row(rows):
            return [dict(rows)]
        columns = {name: list(values) for name, values in rows.items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if isinstance(rows, list | tuple):
        return [dict(row) for row in rows]
    from litmus.data.conform_rows import conform

    frame = conform(rows, schema)[0].to_pandas()
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in records]


def as_array(values: Any) -> np.ndarray:
    """A column as an array that can be filled in."""
    if isinstance(values, np.ndarray):
        return values
    listed = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array
