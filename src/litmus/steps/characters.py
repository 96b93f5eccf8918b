"""Columns of text in pieces, so that memory does not grow with the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from litmus.steps.arrow import compute

__all__ = ["sample_texts", "text_chunks"]

_CHUNK_BYTES = 1_000_000


def text_chunks(texts: Any) -> Iterator[Any]:
    """The texts in pieces of about 1 MB, so that memory does not grow with the table."""
    rows = max(1, len(texts) * _CHUNK_BYTES // max(_bytes(texts), 1))
    for start in range(0, max(len(texts), 1), rows):
        yield texts.slice(start, rows)


def sample_texts(texts: Any, n_bytes: int, seed: int) -> Any:
    """So many of the texts, drawn at random, that they have about `n_bytes` together."""
    total = _bytes(texts)
    if total <= n_bytes:
        return texts
    count = max(1, len(texts) * n_bytes // total)
    drawn = np.random.default_rng(seed).choice(len(texts), count, replace=False)
    return texts.take(np.sort(drawn))


def _bytes(texts: Any) -> int:
    return int(compute().sum(compute().binary_length(texts)).as_py() or 0)
