"""A client for programs that wait for answers."""

from __future__ import annotations

import collections
import contextlib
import os
import select
import socket
import ssl
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from litmus.client.address import Address, check_key, tls_context
from litmus.client.conversation import Conversation, Told
from litmus.client.http1 import Answer, AnswerReader, MalformedError, request_bytes
from litmus.client.retries import Failure, Pause, Retries, Send

__all__ = ["Client", "common_headers"]

_PIECE = 256 * 1024
_IDLE_CONNECTIONS = 32


class Client:
    """Asks an endpoint; any number of threads may use one client, which keeps its connections open.

    A request that got no answer is sent again where that does no harm: when nothing listens, when the endpoint is
    overloaded (after the time it asks for), and, for predictions, when a connection broke or an answer came too late.

    Args:
        url: of the endpoint, such as "http://127.0.0.1:8080".
        key: what the endpoint wants to be sent.
        timeout: seconds to wait for one answer.
        retries: how often and how long to try.
        certificate: a file of certificates (PEM) to trust, for an endpoint with its own.
        max_rows: in one request; more rows go in several, one after the other.

    Raises:
        ParameterError: when an argument is not allowed.

    Example:
        >>> with litmus.Client(endpoint.url, endpoint.key) as client:    # doctest: +SKIP
        ...     client.predict({"age": 39, "workclass": "State-gov"})
        '<=50K'
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: Retries | None = None,
        certificate: str | Path | None = None,
        max_rows: int = 5_000,
    ) -> None:
        self._address = Address.parse(url)
        self._common = common_headers(self._address, check_key(key))
        self._tls = tls_context(self._address, certificate)
        self._conversation = Conversation(
            self._address.url, timeout=timeout, retries=retries or Retries(), max_rows=max_rows
        )
        self._idle: collections.deque[socket.socket] = collections.deque()

    @property
    def url(self) -> str:
        """Of the endpoint."""
        return self._address.url

    def predict(self, rows: Any, *, request_id: str | None = None) -> Any:
        """Predict labels or values.

        Args:
            rows: a dict (one row), a list of dicts, a dict of columns, or a frame of pandas, Polars, Arrow or litsdf, which
                travels as Arrow where the endpoint takes it.
            request_id: a name for the request, by which `feedback` can tell what was right.

        Returns:
            One label for a dict, a list of labels for a list, else a pandas Series with the frame's index.

        Raises:
            RowsRefusedError: when the rows do not fit the model.
            EndpointError: when there is no prediction for another reason.
        """
        return self._do(self._conversation.predict(rows, request_id=request_id))

    def predict_proba(self, rows: Any) -> Any:
        """Predict the probability of each class.

        Args:
            rows: as for `predict`.

        Returns:
            `{label: probability}` for a dict, a list of such dicts for a list, else a pandas DataFrame.

        Raises:
            PredictionError: for a regression model.
            EndpointError: as for `predict`.
        """
        return self._do(self._conversation.predict_proba(rows))

    def ready(self) -> bool:
        """Whether the endpoint answers predictions now; asks once, and never raises an error of the connection."""
        return bool(self._do(self._conversation.ready()))

    def describe(self) -> dict[str, Any]:
        """What is served: `name`, `version`, `classes`, `columns` (kind, required, example of each) and a `sample` row.

        Raises:
            EndpointError: when the endpoint does not say.
        """
        found: dict[str, Any] = self._do(self._conversation.describe())
        return found

    def feedback(self, request_id: str, label: Any) -> None:
        """Tell what was right for an earlier request.

        Args:
            request_id: what `predict` was given, or the X-Request-Id of its answer.
            label: what should have been predicted; a list for a request of several rows, in their order.

        Raises:
            NotThereError: when the endpoint keeps no record of it.
            EndpointError: when it was not taken.
        """
        self._do(self._conversation.feedback(request_id, label))

    def submit(self, rows: Any, *, output: str | None = None) -> str:
        """Queue rows to be predicted later; however often it has to be sent, it is queued once.

        Args:
            rows: as for `predict`; or the place of a file that the endpoint may read, such as "s3://bucket/people.csv".
            output: where the answers for a file go, when the endpoint may write there.

        Returns:
            The id for `result`.

        Raises:
            RowsRefusedError: when the endpoint may not read or write there.
            EndpointError: when it was not taken.
        """
        return str(self._do(self._conversation.submit(rows, output=output)))

    def result(self, identity: str, *, wait: float = 900.0) -> Any:
        """The predictions of queued rows: one label, or a list; for a file with an `output`, that place.

        Args:
            identity: what `submit` returned.
            wait: seconds to wait for it.

        Raises:
            TooLateError: when it is not there by then.
            NotThereError: when nothing of that id was queued, or it was cancelled.
            RowsRefusedError: when the rows do not fit the model.
            EndpointError: when there is no prediction for another reason.
        """
        return self._do(self._conversation.result(identity, wait=wait))

    def close(self) -> None:
        """Close the connections; the client opens new ones when it is used again."""
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"  # never the key: it must not end up in a log

    def _do(self, told: Told) -> Any:
        outcome: Answer | Failure | None = None
        try:
            while True:
                command = told.send(outcome)
                if isinstance(command, Pause):
                    time.sleep(command.seconds)
                    outcome = None
                else:
                    outcome = self._send(command)
        except StopIteration as done:
            return done.value

    def _send(self, send: Send) -> Answer | Failure:
        data = request_bytes(send.request, self._common, self._address.prefix)
        end = time.monotonic() + send.within
        opened = self._idle_connection()
        try:
            if opened is None:
                opened = self._connect(send.within)
        except (OSError, ValueError) as error:
            return _unreached(error)
        try:
            answer = _exchange(opened, data, end)
        except BaseException as error:
            opened.close()
            if isinstance(error, TimeoutError):
                return Failure("late", f"{send.within:.3g} s")
            if isinstance(error, OSError | MalformedError):
                return Failure("lost", _reason(error))
            raise
        if answer.keep and len(self._idle) < _IDLE_CONNECTIONS:
            self._idle.append(opened)
        else:
            opened.close()
        return answer

    def _idle_connection(self) -> socket.socket | None:
        """A connection that is still open: one that has something to read was closed by the server."""
        while True:
            try:
                opened = self._idle.pop()
            except IndexError:
                return None
            poll = select.poll()
            poll.register(opened, select.POLLIN)
            if not poll.poll(0):
                return opened
            opened.close()

    def _connect(self, seconds: float) -> socket.socket:
        opened = socket.create_connection((self._address.host, self._address.port), timeout=seconds)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                return self._tls.wrap_socket(opened, server_hostname=self._address.host)
        except BaseException:
            opened.close()
            raise
        return opened


def common_headers(address: Address, key: str | None) -> bytes:
    """The header lines of every request."""
    import litmus

    lines = [f"Host: {address.host_header}", f"User-Agent: litmus/{litmus.__version__}"]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _exchange(opened: socket.socket, data: bytes, end: float) -> Answer:
    """Send a request and read its answer.

    Raises:
        TimeoutError, OSError, MalformedError: when there is none.
    """
    reader = AnswerReader()
    opened.settimeout(max(0.001, end - time.monotonic()))
    try:
        opened.sendall(data)
    except (BrokenPipeError, ConnectionResetError):  # it may have said why before it closed the connection
        with contextlib.suppress(OSError):
            _read(opened, reader, end)
        if reader.answer is None:
            raise
        return reader.answer
    _read(opened, reader, end)
    if reader.answer is None:
        raise MalformedError("no answer")
    return reader.answer


def _read(opened: socket.socket, reader: AnswerReader, end: float) -> None:
    while reader.answer is None:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        opened.settimeout(left)
        data = opened.recv(_PIECE)
        if not data:
            reader.end()
            return
        reader.feed(data)


def _unreached(error: OSError | ValueError) -> Failure:
    if isinstance(error, TimeoutError):
        return Failure("unreachable", "it took too long to connect")
    if isinstance(error, ssl.SSLCertVerificationError | ssl.CertificateError):
        return Failure("untrusted", getattr(error, "verify_message", "") or str(error))
    return Failure("unreachable", _reason(error))


def _reason(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    known = os.strerror(number) if isinstance(number, int) and 0 < number < 200 else ""
    return " ".join(str(known or error or type(error).__name__).split())[:300]
