"""Shapley values of a game whose players are columns: each player's mean contribution over the orders of joining.

A coalition's worth is the model's output where the columns in it have the values of the explained row, and the others those of
a background row, averaged over the background rows (Lundberg and Lee, 2017, https://arxiv.org/abs/1705.07874, with the
interventional value function). Few players are computed exactly. Many are sampled by orders of joining, each with its
reverse and rotated so that every player stands at every place about equally often (Mitchell and others, 2022,
https://arxiv.org/abs/2104.12199). In both ways the values add up to the output less its mean over the background, exactly.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math

import numpy as np

__all__ = ["Coalitions", "coalitions"]


@dataclasses.dataclass(frozen=True)
class Coalitions:
    """The coalitions whose worths are asked for, and how they become values.

    Attributes:
        members: whether each player is in a coalition (coalitions, players).
        background: which background row the other players have (coalitions,).
        rows_used: how many background rows take part: the first ones.
        exact: whether all coalitions are there.
        places: of each order of joining the place of each player (orders, players); empty when exact.
        weights: of each coalition, for each player (coalitions, players); empty when sampled.
    """

    members: np.ndarray
    background: np.ndarray
    rows_used: int
    exact: bool
    places: np.ndarray
    weights: np.ndarray

    def values(self, worth: np.ndarray, empty: np.ndarray, full: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """The players' values, and their standard errors where they were sampled.

        Args:
            worth: of each coalition (coalitions, outputs).
            empty: the outputs of the background rows in use (rows, outputs).
            full: the output of the explained row (outputs,).

        Returns:
            Values (players, outputs), and what drawing other orders would change them by, or None.
        """
        if self.exact:
            return self._exact(worth, empty, full), None
        orders, players = self.places.shape
        outputs = worth.shape[1]
        inner = worth.reshape(orders, 2, players - 1, outputs)
        first = np.tile(empty, (orders // self.rows_used, 1)).reshape(orders, 1, 1, outputs)
        first = np.broadcast_to(first, (orders, 2, 1, outputs))
        last = np.broadcast_to(full, (orders, 2, 1, outputs))
        steps = np.diff(np.concatenate([first, inner, last], axis=2), axis=2)
        forward = np.take_along_axis(steps[:, 0], self.places[:, :, None], axis=1)
        backward = np.take_along_axis(steps[:, 1], (players - 1 - self.places)[:, :, None], axis=1)
        both = ((forward + backward) / 2).reshape(-1, self.rows_used, players, outputs)
        rounds = len(both)
        if rounds < 2:
            return both.mean(axis=(0, 1)), None
        spread = both.var(axis=0, ddof=1).sum(axis=0) / (rounds * self.rows_used**2)
        return both.mean(axis=(0, 1)), np.sqrt(spread)

    def _exact(self, worth: np.ndarray, empty: np.ndarray, full: np.ndarray) -> np.ndarray:
        players = self.members.shape[1]
        found = self.weights.T @ worth / self.rows_used
        # the two coalitions that are not asked for: no player adds to none, and all but one leave one out
        return np.asarray(found + (full - empty.mean(axis=0)) / players)


def coalitions(players: int, background_rows: int, budget: int, seed: int = 0) -> Coalitions:
    """The coalitions to ask for within a budget of model evaluations for one explained row.

    Args:
        players: how many columns there are, at least 1.
        background_rows: how many rows there are to fill in from, at least 1.
        budget: evaluations; at least one order of joining and its reverse are taken for each of a few rows.
        seed: which orders are drawn.

    Example:
        >>> coalitions(3, 10, 1_000).exact, coalitions(20, 10, 1_000).members.shape
        (True, (760, 20))
    """
    return _coalitions(players, background_rows, budget, seed)


@functools.lru_cache(maxsize=16)
def _coalitions(players: int, background_rows: int, budget: int, seed: int) -> Coalitions:
    if players < 20 and (2**players - 2) * background_rows <= budget:
        return _all_coalitions(players, background_rows)
    one = 2 * (players - 1)
    used = max(min(background_rows, 4), min(background_rows, budget // one))
    orders = max(1, budget // (one * used)) * used
    rng = np.random.default_rng(seed)
    places = np.empty((orders, players), dtype=np.int64)
    for number in range(orders):
        if number % players == 0:
            order = rng.permutation(players)
        places[number] = (order + number) % players
    sizes = np.arange(1, players)[:, None]
    forward = places[:, None, :] < sizes
    backward = places[:, None, :] >= players - sizes
    members = np.stack([forward, backward], axis=1).reshape(-1, players)
    background = np.repeat(np.arange(orders) % used, one)
    return Coalitions(members, background, used, False, places, np.empty((0, players)))


def _all_coalitions(players: int, background_rows: int) -> Coalitions:
    """Every coalition but the empty and the full one, filled in from every background row."""
    masks = np.array(list(itertools.product((False, True), repeat=players)), dtype=bool)[1:-1].reshape(-1, players)
    sizes = masks.sum(axis=1)
    gain = np.array([0.0, *(1 / (players * math.comb(players - 1, size - 1)) for size in range(1, players))])
    loss = np.array([0.0, *(1 / (players * math.comb(players - 1, size)) for size in range(1, players))])
    weights = np.where(masks, gain[sizes][:, None], -loss[sizes][:, None])
    members = np.tile(masks, (background_rows, 1))
    background = np.repeat(np.arange(background_rows), len(masks))
    empty = np.empty((0, players), dtype=np.int64)
    return Coalitions(members, background, background_rows, True, empty, np.tile(weights, (background_rows, 1)))
