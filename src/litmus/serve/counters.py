"""Counts and times of a worker's answers, in a file that other processes read while it is written.

Each worker has a file of its own, `counters/SLOT.bin`, which it maps into memory: counting is one store, without a lock or
a system call, and whoever reads adds the files up. A worker that takes the place of one that died goes on counting in its
file, so that totals never fall.
"""

from __future__ import annotations

import bisect
import mmap
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from litmus.errors import ResourceError
from litmus.serve.totals import BOUNDS, BUCKETS, Histogram, Totals, VariantTotals, WorkerState

__all__ = ["Counters", "VariantCounters", "read_counters"]

FOLDER = "counters"
_MAGIC = 0x31544E434D54494C  # "LITMCNT1": another layout gets another number
_VARIANTS = 64
_HEADER_WORDS = 512
_NAME_BYTES = 128
_TEXT_BYTES = 1024
_BLOCK_WORDS = 32 + _NAME_BYTES // 8 + 3 * BUCKETS
_FILE_BYTES = 8 * (_HEADER_WORDS + _VARIANTS * _BLOCK_WORDS)

# Words of the header, then of a variant's block.
_PID, _GENERATION, _READY, _STARTED, _IN_FLIGHT, _CONNECTIONS, _REJECTED, _PROBING = 1, 2, 3, 4, 5, 6, 7, 8
_ERROR = 64
_ERROR_LENGTH = 63
_REQUESTS, _CLIENT_ERRORS, _SERVER_ERRORS, _VARIANT_REJECTED = 0, 1, 2, 3
_ROWS, _COMPARED, _DIFFERENT, _DROPPED, _LAST_NS = 4, 5, 6, 7, 8
_MODEL_NS, _OVERHEAD_NS = 9, 10
_MODEL_BUCKETS = 32 + _NAME_BYTES // 8
_OVERHEAD_BUCKETS = _MODEL_BUCKETS + BUCKETS
_LATENCY_BUCKETS = _OVERHEAD_BUCKETS + BUCKETS


class VariantCounters:
    """The counters of one variant in one worker; one thread writes."""

    __slots__ = ("_words", "base", "name")

    def __init__(self, name: str, words: memoryview, base: int) -> None:
        self.name = name
        self._words = words
        self.base = base

    def observe(self, model_seconds: float, overhead_seconds: float, status_class: int, rows: int = 1) -> None:
        """Count one request.

        Args:
            model_seconds: in the model; 0 when it was not asked.
            overhead_seconds: from arrival to answer, less those.
            status_class: 2, 4 or 5.
            rows: how many were predicted.
        """
        words, base = self._words, self.base
        words[base] += 1
        if status_class == 4:
            words[base + _CLIENT_ERRORS] += 1
        elif status_class == 5:
            words[base + _SERVER_ERRORS] += 1
        words[base + _ROWS] += rows
        words[base + _MODEL_NS] += int(model_seconds * 1e9)
        words[base + _OVERHEAD_NS] += int(overhead_seconds * 1e9)
        words[base + _MODEL_BUCKETS + bisect.bisect_left(BOUNDS, model_seconds)] += 1
        words[base + _OVERHEAD_BUCKETS + bisect.bisect_left(BOUNDS, overhead_seconds)] += 1
        words[base + _LATENCY_BUCKETS + bisect.bisect_left(BOUNDS, model_seconds + overhead_seconds)] += 1

    def rejected(self) -> None:
        """Count a request that was turned down because too many waited."""
        self._words[self.base + _VARIANT_REJECTED] += 1

    def shadowed(self, *, compared: int = 0, different: int = 0, dropped: int = 0) -> None:
        """Count copies that a shadow answered, answered otherwise than the variant did, and had no time for."""
        self._words[self.base + _COMPARED] += compared
        self._words[self.base + _DIFFERENT] += different
        self._words[self.base + _DROPPED] += dropped


class Counters:
    """The counters of one worker.

    Example:
        >>> import tempfile
        >>> with Counters.open(tempfile.mkdtemp() + "/0.bin") as counters:
        ...     counters.variant("main").observe(0.001, 0.0001, 2)
        ...     counters.read().variants["main"].requests
        1
    """

    def __init__(self, slot: int, mapped: mmap.mmap) -> None:
        self.slot = slot
        self._mapped = mapped
        self._bytes = memoryview(mapped)
        self._words = self._bytes.cast("Q")
        self._variants: dict[str, VariantCounters] = {}

    @classmethod
    def open(cls, path: str | Path, *, writable: bool = True) -> Counters:
        """Map a worker's file; it is made when it is not there, or has another layout, and `writable`.

        Raises:
            ResourceError: when it cannot be made or read.
        """
        file = Path(path)
        try:
            if writable:
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT if writable else os.O_RDONLY
            descriptor = os.open(file, flags | os.O_CLOEXEC, 0o600)
            try:
                if writable and os.fstat(descriptor).st_size != _FILE_BYTES:
                    os.ftruncate(descriptor, 0)
                    os.ftruncate(descriptor, _FILE_BYTES)
                    _take_room(descriptor)
                access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
                mapped = mmap.mmap(descriptor, _FILE_BYTES, access=access)
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as error:
            raise ResourceError(f"The counters {file} cannot be used: {error}.") from error
        counters = cls(int(file.stem) if file.stem.isdigit() else 0, mapped)
        if counters._words[0] != _MAGIC:
            if not writable:
                counters.close()
                raise ResourceError(f"{file} holds no counters of this version of Litmus.")
            mapped[:] = bytes(_FILE_BYTES)
            counters._words[0] = _MAGIC
        return counters

    @classmethod
    def in_memory(cls) -> Counters:
        """Counters that no other process reads."""
        counters = cls(0, mmap.mmap(-1, _FILE_BYTES))
        counters._words[0] = _MAGIC
        return counters

    def begin(self, pid: int) -> None:
        """Write down that a process takes this slot: nothing is in flight and it is not ready."""
        for word, value in (
            (_PID, pid), (_GENERATION, 0), (_READY, 0), (_STARTED, time.time_ns()), (_IN_FLIGHT, 0), (_CONNECTIONS, 0)
        ):  # fmt: skip
            self._words[word] = value
        self.failed("")

    def serving(self, generation: int, *, ready: bool) -> None:
        """Write down the generation in use."""
        self._words[_GENERATION] = generation
        self._words[_READY] = ready

    def failed(self, sentence: str) -> None:
        """Write down why the newest configuration could not be taken; empty when it was."""
        text = sentence.encode("utf-8")[:_TEXT_BYTES]
        self._words[_ERROR_LENGTH] = 0
        self._bytes[8 * _ERROR : 8 * _ERROR + len(text)] = text
        self._words[_ERROR_LENGTH] = len(text)

    def in_flight(self, count: int) -> None:
        """Set how many requests are worked on or wait."""
        self._words[_IN_FLIGHT] = count

    def connections(self, count: int) -> None:
        """Set how many connections are open."""
        self._words[_CONNECTIONS] = count

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        return self._words[_CONNECTIONS]

    @property
    def is_answering(self) -> bool:
        """Whether the worker is ready, and its process runs."""
        return bool(self._words[_READY]) and self.read_state().alive

    def rejected(self) -> None:
        """Count a request that was turned down because too many waited."""
        self._words[_REJECTED] += 1

    def probing(self) -> None:
        """Count a finding of the watch for probing."""
        self._words[_PROBING] += 1

    def variant(self, name: str) -> VariantCounters:
        """The counters of a variant; beyond 64, those of the one that was named longest ago are begun anew."""
        known = self._variants.get(name)
        if known is None:
            known = self._variants[name] = VariantCounters(name, self._words, self._block(name))
        self._words[known.base + _LAST_NS] = time.time_ns()
        return known

    def _block(self, name: str) -> int:
        wanted = name.encode("utf-8")[: _NAME_BYTES - 1]
        bases = [_HEADER_WORDS + number * _BLOCK_WORDS for number in range(_VARIANTS)]
        for base in bases:
            held = self._name(base)
            if held == wanted:
                return base
            if not held:
                break
        else:
            base = min(bases, key=lambda each: self._words[each + _LAST_NS])
            self._bytes[8 * base : 8 * (base + _BLOCK_WORDS)] = bytes(8 * _BLOCK_WORDS)
            self._variants = {known: each for known, each in self._variants.items() if each.base != base}
        start = 8 * (base + 32)
        self._bytes[start : start + len(wanted)] = wanted
        return base

    def _name(self, base: int) -> bytes:
        start = 8 * (base + 32)
        return bytes(self._bytes[start : start + _NAME_BYTES]).rstrip(b"\0")

    def read_state(self) -> WorkerState:
        """What this worker says of itself."""
        words = self._words
        length = min(words[_ERROR_LENGTH], _TEXT_BYTES)
        error = bytes(self._bytes[8 * _ERROR : 8 * _ERROR + length]).decode("utf-8", "replace")
        return WorkerState(
            self.slot, words[_PID], words[_GENERATION], bool(words[_READY]), words[_STARTED] / 1e9,
            words[_IN_FLIGHT], words[_CONNECTIONS], words[_REJECTED], error, words[_PROBING],
        )  # fmt: skip

    def read(self) -> Totals:
        """What this worker did."""
        state = self.read_state()
        variants = {}
        for number in range(_VARIANTS):
            base = _HEADER_WORDS + number * _BLOCK_WORDS
            name = self._name(base)
            if not name:
                break
            variants[name.decode("utf-8", "replace")] = self._totals(base)
        return Totals(variants, {self.slot: state}, time.monotonic())

    def _totals(self, base: int) -> VariantTotals:
        words = self._words
        model_seconds, overhead_seconds = words[base + _MODEL_NS] / 1e9, words[base + _OVERHEAD_NS] / 1e9
        model, overhead, latency = (
            Histogram(tuple(words[base + start : base + start + BUCKETS]), seconds)
            for start, seconds in (
                (_MODEL_BUCKETS, model_seconds),
                (_OVERHEAD_BUCKETS, overhead_seconds),
                (_LATENCY_BUCKETS, model_seconds + overhead_seconds),
            )
        )
        requests, client, server, rejected, rows, compared, different, dropped = words[base : base + _LAST_NS]
        return VariantTotals(
            requests, client, server, rejected, rows, compared, different, dropped, model, overhead, latency
        )

    def close(self) -> None:
        """Let go of the file."""
        self._variants.clear()
        self._words.release()
        self._bytes.release()
        self._mapped.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _take_room(descriptor: int) -> None:
    """Have the disk hold the whole file: writing to mapped memory that finds it full later would kill the process."""
    try:
        os.posix_fallocate(descriptor, 0, _FILE_BYTES)
    except OSError:
        os.ftruncate(descriptor, 0)  # whoever comes next is to try again
        raise
    except AttributeError:  # a system without it
        return


def read_counters(folder: str | Path) -> Totals:
    """What all workers of an endpoint did, from the files in its folder; those that cannot be read are left out.

    Args:
        folder: the endpoint's folder.
    """
    variants: dict[str, VariantTotals] = {}
    workers: dict[int, WorkerState] = {}
    for file in sorted((Path(folder) / FOLDER).glob("*.bin")):
        try:
            with Counters.open(file, writable=False) as counters:
                found = counters.read()
        except ResourceError:  # being made, or of another version
            continue
        workers.update(found.workers)
        for name, totals in found.variants.items():
            variants[name] = variants[name] + totals if name in variants else totals
    return Totals(variants, workers, time.monotonic())
