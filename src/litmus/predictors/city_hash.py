"""Hashes of small whole numbers written in decimal: CityHash64 (Pike and Alakuijala, 2011) of up to eight characters."""

from __future__ import annotations

import functools

import numpy as np

__all__ = ["code_hashes"]

_K2, _K3 = np.uint64(0x9AE16A3B2F90404F), np.uint64(0xC949D7C7509E6557)
_MIX = np.uint64(0x9DDFEA08EB382D69)
_47, _32, _8, _3, _2 = (np.uint64(bits) for bits in (47, 32, 8, 3, 2))


@functools.cache
def code_hashes(count: int) -> np.ndarray:
    """The lower 32 bits of the hashes of "-1", "0", "1", … `count - 1`, sign-extended to uint64, and a value that no hash
    has: (count + 2,).

    Example:
        >>> len(code_hashes(10))
        12
    """
    texts = np.arange(-1, count).astype(np.bytes_)
    letters = texts.view(np.uint8).reshape(len(texts), -1).astype(np.uint64)
    lengths = np.char.str_len(texts)
    hashes = np.empty(count + 2, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for length in np.unique(lengths):
            chosen = np.flatnonzero(lengths == length)
            hashes[chosen] = _hashed(letters[chosen, :length], np.uint64(length))
    hashes[:-1] = hashes[:-1].astype(np.uint32).view(np.int32).astype(np.int64).view(np.uint64)
    hashes[-1] = np.uint64(1) << _32  # is no sign-extended number of 32 bits
    hashes.flags.writeable = False
    return hashes


def _hashed(letters: np.ndarray, length: np.uint64) -> np.ndarray:
    if letters.shape[1] >= 4:
        low, high = _word(letters[:, :4]), _word(letters[:, -4:])
        return _joined(length + (low << _3), high)
    first, middle, last = letters[:, 0], letters[:, letters.shape[1] >> 1], letters[:, -1]
    mixed = (first + (middle << _8)) * _K2 ^ (length + (last << _2)) * _K3
    return (mixed ^ mixed >> _47) * _K2


def _word(letters: np.ndarray) -> np.ndarray:
    word = np.zeros(len(letters), dtype=np.uint64)
    for place in range(4):
        word |= letters[:, place] << np.uint64(8 * place)
    return word


def _joined(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    first = (low ^ high) * _MIX
    first ^= first >> _47
    second = (high ^ first) * _MIX
    second ^= second >> _47
    return second * _MIX
