"""Where an endpoint is."""

from __future__ import annotations

import dataclasses
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from litmus.errors import ParameterError

__all__ = ["Address", "check_key", "tls_context"]


@dataclasses.dataclass(frozen=True)
class Address:
    """Where an endpoint is.

    Attributes:
        url: as it was given, without a slash at its end.
        host: name or number.
        port: of TCP.
        is_tls: whether it is https.
        prefix: what stands before every path.
    """

    url: str
    host: str
    port: int
    is_tls: bool
    prefix: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """From a URL such as "http://127.0.0.1:8080".

        Raises:
            ParameterError: when it is none.

        Example:
            >>> Address.parse("https://models.example/income/").prefix
            '/income'
        """
        wrong = f"{str(url)[:200]!r} is no address of an endpoint; give one such as 'http://127.0.0.1:8080'."
        if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
            raise ParameterError(wrong)
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ParameterError(wrong) from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ParameterError(wrong)
        if parts.username is not None:
            raise ParameterError("An address must hold no key or password; give it as key=….")
        is_tls = parts.scheme == "https"
        prefix = parts.path.rstrip("/")
        return cls(url.rstrip("/"), parts.hostname, port or (443 if is_tls else 80), is_tls, prefix)

    @property
    def host_header(self) -> str:
        """As the header `Host` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def check_key(key: str | None) -> str | None:
    """The key, when it can be sent in a header.

    Raises:
        ParameterError: when it cannot.
    """
    if key is not None and (
        not isinstance(key, str) or not key or not key.isascii() or not key.isprintable() or " " in key
    ):
        raise ParameterError("The key must be text of ASCII letters, digits and signs, without spaces.")
    return key


def tls_context(address: Address, certificate: str | Path | None) -> ssl.SSLContext | None:
    """What checks the server's certificate; None for an address without TLS.

    Raises:
        ParameterError: when the file of certificates cannot be read.
    """
    if not address.is_tls:
        if certificate is not None:
            raise ParameterError(
                "A certificate was given, and the address begins with http://; give one with https://."
            )
        return None
    try:
        return ssl.create_default_context(cafile=None if certificate is None else str(certificate))
    except (OSError, ssl.SSLError) as error:
        raise ParameterError(
            f"certificate={str(certificate)!r} cannot be read ({error.strerror or error}); give a file of certificates in PEM."
        ) from error
