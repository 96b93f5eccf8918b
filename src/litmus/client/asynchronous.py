"""The same client for programs that run on asyncio."""

from __future__ import annotations

import asyncio
import collections
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from litmus.client.address import Address, check_key, tls_context
from litmus.client.conversation import Conversation, Told
from litmus.client.http1 import Answer, AnswerReader, MalformedError, request_bytes
from litmus.client.retries import Failure, Pause, Retries, Send
from litmus.client.synchronous import _reason, _unreached, common_headers

__all__ = ["AsyncClient"]

_PIECE = 256 * 1024
_IDLE_CONNECTIONS = 32


class AsyncClient:
    """Asks an endpoint from coroutines; any number of them may use one client at the same time.

    Its arguments and methods are those of `litmus.Client`; each method is awaited. Its connections belong to the event loop
    that it is used in: close it before that ends.

    Args:
        url: of the endpoint.
        key: what the endpoint wants to be sent.
        timeout: seconds to wait for one answer.
        retries: how often and how long to try.
        certificate: a file of certificates (PEM) to trust.
        max_rows: in one request.

    Raises:
        ParameterError: when an argument is not allowed.

    Example:
        >>> async with litmus.AsyncClient(endpoint.url, endpoint.key) as client:    # doctest: +SKIP
        ...     await client.predict([{"age": 39}, {"age": 51}])
        ['<=50K', '>50K']
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
        self._idle: collections.deque[_Connection] = collections.deque()

    @property
    def url(self) -> str:
        """Of the endpoint."""
        return self._address.url

    async def predict(self, rows: Any, *, request_id: str | None = None) -> Any:
        """As `Client.predict`."""
        return await self._do(self._conversation.predict(rows, request_id=request_id))

    async def predict_proba(self, rows: Any) -> Any:
        """As `Client.predict_proba`."""
        return await self._do(self._conversation.predict_proba(rows))

    async def ready(self) -> bool:
        """As `Client.ready`."""
        return bool(await self._do(self._conversation.ready()))

    async def describe(self) -> dict[str, Any]:
        """As `Client.describe`."""
        found: dict[str, Any] = await self._do(self._conversation.describe())
        return found

    async def feedback(self, request_id: str, label: Any) -> None:
        """As `Client.feedback`."""
        await self._do(self._conversation.feedback(request_id, label))

    async def submit(self, rows: Any, *, output: str | None = None) -> str:
        """As `Client.submit`."""
        return str(await self._do(self._conversation.submit(rows, output=output)))

    async def result(self, identity: str, *, wait: float = 900.0) -> Any:
        """As `Client.result`."""
        return await self._do(self._conversation.result(identity, wait=wait))

    async def close(self) -> None:
        """Close the connections; the client opens new ones when it is used again."""
        while self._idle:
            connection = self._idle.pop()
            connection.close()
            if connection.loop is asyncio.get_running_loop():
                with contextlib.suppress(OSError):
                    await connection.writer.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    async def _do(self, told: Told) -> Any:
        outcome: Answer | Failure | None = None
        try:
            while True:
                command = told.send(outcome)
                if isinstance(command, Pause):
                    await asyncio.sleep(command.seconds)
                    outcome = None
                else:
                    outcome = await self._send(command)
        except StopIteration as done:
            return done.value

    async def _send(self, send: Send) -> Answer | Failure:
        data = request_bytes(send.request, self._common, self._address.prefix)
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(send.within):
                connection = self._idle_connection()
                if connection is None:
                    connection = await self._connect()
                answer = await connection.exchange(data)
        except TimeoutError:
            if connection is None:
                return Failure("unreachable", "it took too long to connect")
            connection.close()
            return Failure("late", f"{send.within:.3g} s")
        except (OSError, MalformedError, ValueError) as error:
            if connection is None:
                return _unreached(error) if not isinstance(error, MalformedError) else Failure("lost", _reason(error))
            connection.close()
            return Failure("lost", _reason(error))
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        if answer.keep and len(self._idle) < _IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _idle_connection(self) -> _Connection | None:
        loop = asyncio.get_running_loop()
        while self._idle:
            connection = self._idle.pop()
            if connection.loop is loop and connection.is_open:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        reader, writer = await asyncio.open_connection(
            self._address.host,
            self._address.port,
            ssl=self._tls,
            server_hostname=self._address.host if self._tls is not None else None,
        )
        return _Connection(reader, writer)


class _Connection:
    """A connection of one event loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.loop = asyncio.get_running_loop()
        self.writer = writer
        self._reader = reader

    @property
    def is_open(self) -> bool:
        return not (self._reader.at_eof() or self.writer.is_closing())

    async def exchange(self, data: bytes) -> Answer:
        """Send a request and read its answer.

        Raises:
            OSError, MalformedError: when there is none.
        """
        answer = AnswerReader()
        self.writer.write(data)
        failed: OSError | None = None
        try:
            await self.writer.drain()
        except (BrokenPipeError, ConnectionResetError) as error:  # it may have said why before it closed the connection
            failed = error
        while answer.answer is None:
            try:
                piece = await self._reader.read(_PIECE)
            except OSError:
                raise failed or MalformedError("the connection broke") from None
            if not piece:
                answer.end()
            else:
                answer.feed(piece)
        return answer.answer

    def close(self) -> None:
        if not self.loop.is_closed():
            self.writer.close()
