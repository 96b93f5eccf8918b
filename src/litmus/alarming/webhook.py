"""Notices sent by POST; all of it within a time, however slowly the other side answers."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from litmus.alarming.channels import Webhook, check_url
from litmus.alarming.notice import Notice
from litmus.alarming.sending import Secrets, SendingError
from litmus.errors import ParameterError

__all__ = ["closed_after", "post"]

_MOST_ANSWER = 64 << 10
_WORTH_TRYING = (408, 425, 429)
_LONGEST_WAIT = 3600.0


def post(webhook: Webhook, notice: Notice, delivery: str, secrets: Secrets) -> None:
    """Send a notice as JSON.

    Args:
        webhook: where to.
        notice: what.
        delivery: the delivery's number, sent as `X-Litmus-Delivery`.
        secrets: reads what is in the environment.

    Raises:
        SendingError: when the answer is not 2xx, or does not come in time. Redirections are not followed: they would take
            what the headers hold elsewhere.
    """
    address = webhook.url or secrets.read(webhook.url_from or "")
    if webhook.url is None:
        _check_secret_address(address, webhook.url_from)
    parts = urlsplit(address)
    body = json.dumps(notice.to_json(), ensure_ascii=False, default=str).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "litmus",
        "X-Litmus-Delivery": delivery,
        **{name: secrets.read(variable) for name, variable in webhook.headers_from.items()},
    }
    if webhook.secret_from is not None:
        key = secrets.read(webhook.secret_from).encode()
        headers["X-Litmus-Signature"] = f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    end = time.monotonic() + webhook.timeout
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, webhook.timeout)
    late = f"no answer within {webhook.timeout:g} seconds"
    try:
        connection.connect()
        with closed_after(lambda: connection.sock, end - time.monotonic()) as was_late:
            try:
                connection.request("POST", path, body=body, headers=headers)
                answer = connection.getresponse()
                said = answer.read(_MOST_ANSWER)
            except (OSError, http.client.HTTPException):
                if was_late():
                    raise SendingError(late) from None
                raise
            if was_late():
                raise SendingError(late)
    except TimeoutError:
        raise SendingError(late) from None
    except socket.gaierror as error:
        raise SendingError(f"the host is not known ({error.strerror})") from None
    except OSError as error:
        raise SendingError(f"no connection: {error.strerror or error}") from None
    finally:
        connection.close()
    _check(answer.status, answer.getheader("Retry-After"), said)


def _check_secret_address(address: str, variable: str | None) -> None:
    parts = urlsplit(address)
    try:
        check_url(f"{parts.scheme}://{parts.netloc}{parts.path}")
    except (ParameterError, ValueError):
        raise SendingError(f"the environment variable {variable} holds no address of a webhook", again=False) from None


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout)


@contextlib.contextmanager
def closed_after(opened: Callable[[], socket.socket | None], seconds: float) -> Iterator[Callable[[], bool]]:
    """While this is active, a connection is cut when the time is over: a peer that sends a byte now and then never times out.

    Args:
        opened: the connection as it is then; it may have been wrapped meanwhile.
        seconds: the time.

    Yields:
        A function that says whether that happened.
    """
    late = threading.Event()

    def cut() -> None:
        late.set()
        connection = opened()
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(seconds, 0.001), cut)
    timer.daemon = True
    timer.start()
    try:
        yield late.is_set
    finally:
        timer.cancel()


def _check(status: int, retry_after: str | None, said: bytes) -> None:
    if 200 <= status < 300:
        return
    text = " ".join(said.decode("utf-8", "replace").split())[:200]
    why = f"the answer was {status}" + (f": {text}" if text else "")
    if 300 <= status < 400:
        raise SendingError(f"{why} (redirections are not followed; give the address that it leads to)", again=False)
    wait = float(retry_after) if retry_after is not None and retry_after.isdigit() else 0.0
    again = status >= 500 or status in _WORTH_TRYING
    raise SendingError(why, again=again, after=min(wait, _LONGEST_WAIT))
