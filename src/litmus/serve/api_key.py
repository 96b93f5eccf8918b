"""Who may ask: requests carry `Authorization: Bearer <key>`."""

from __future__ import annotations

import hmac
import secrets

from litmus.errors import ParameterError
from litmus.serve.refusal import Refusal

__all__ = ["ApiKey", "new_key"]


def new_key() -> str:
    """A key that nobody can guess: 256 random bits as 43 letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(32)


class ApiKey:
    """A gate (`litmus.serve.hooks.Gate`) that lets requests with the one right key through.

    Args:
        key: the key, or None to let everyone in.
    """

    def __init__(self, key: str | None) -> None:
        if key is not None and (
            not isinstance(key, str) or not key or not key.isascii() or not key.isprintable() or " " in key
        ):
            raise ParameterError(
                "The API key must be text of one or more ASCII letters, digits and signs, without spaces."
            )
        self._expected = None if key is None else key.encode("ascii")

    @property
    def needed(self) -> bool:
        """Whether requests need a key at all."""
        return self._expected is not None

    def check(self, authorization: bytes | None, client: str) -> None:  # noqa: ARG002 (others look at the address)
        """Raise `Refusal` unless the request carries the key; takes as long for a nearly right key as for a wrong one."""
        if self._expected is None:
            return
        scheme, _, given = (authorization or b"").partition(b" ")
        right = hmac.compare_digest(given.strip(), self._expected)
        if not right or scheme.lower() != b"bearer":
            sent = "no key" if not scheme else "a wrong key"
            raise Refusal(
                401,
                f"The request carries {sent}; send the header 'Authorization: Bearer KEY' with this server's key.",
                {"WWW-Authenticate": "Bearer"},
            )

    def __repr__(self) -> str:
        return f"ApiKey(needed={self.needed})"  # never the key itself: it must not end up in a log
