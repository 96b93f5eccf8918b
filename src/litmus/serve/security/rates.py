"""How often each key may ask: a token bucket a key, shared by all workers of an endpoint.

The buckets are kept by the generic cell rate algorithm (ITU-T I.371): of each key, only the moment is remembered at which its
bucket would be full again. That is one number in a file that all workers map; two that write it in the same microsecond may
let one request too many through.
"""

from __future__ import annotations

import mmap
import os
import time
from pathlib import Path

from litmus.errors import ParameterError

__all__ = ["LIMITS_FILE", "RateLimits"]

LIMITS_FILE = "limits.bin"
_SLOTS = 4096
_BYTES = _SLOTS * 8


class RateLimits:
    """Token buckets.

    Args:
        file: shared by all workers; None keeps them in this process.

    Raises:
        ParameterError: when the file cannot be written.

    Example:
        >>> limits = RateLimits(None)
        >>> [limits.wait(b"key", rate=1.0, burst=2.0) > 0 for _ in range(3)]
        [False, False, True]
    """

    def __init__(self, file: Path | None) -> None:
        if file is None:
            held: bytearray | mmap.mmap = bytearray(_BYTES)
        else:
            held = _mapped(file)
        self._full_at = memoryview(held).cast("d")

    def wait(self, key: bytes, *, rate: float, burst: float) -> float:
        """Take a token: 0.0 when there was one, else the seconds until there is one again.

        Args:
            key: of at least 4 bytes, evenly spread: a digest.
            rate: tokens a second.
            burst: tokens in a full bucket, at least 1.
        """
        slot = int.from_bytes(key[:4], "little") % _SLOTS
        now = time.monotonic()
        room = burst / rate
        full_at = self._full_at[slot]
        if not now < full_at <= now + room:  # full, or of a time before the machine was started
            full_at = now
        next_full = full_at + 1.0 / rate
        if next_full - now > room + 1e-9:
            return next_full - now - room
        self._full_at[slot] = next_full
        return 0.0


def _mapped(file: Path) -> mmap.mmap:
    try:
        number = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(number).st_size < _BYTES:
                os.ftruncate(number, _BYTES)
            return mmap.mmap(number, _BYTES)
        finally:
            os.close(number)
    except OSError as error:
        raise ParameterError(f"{file} cannot be written ({error.strerror}); rate limits are kept there.") from error
