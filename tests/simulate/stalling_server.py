"""A small HTTP server that answers at once, but for one pause, and refuses, closes or splits answers where it is told to."""

from __future__ import annotations

import argparse
import socket
import threading
import time


def answer(connection: socket.socket, options: argparse.Namespace, begun: float, lock: threading.Lock) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    served = 0
    while True:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                return
            data += part
        length = int(data.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        body = data.partition(b"\r\n\r\n")[2]
        while len(body) < length:
            body += connection.recv(65536)
        with lock:  # one request at a time, as a server of one thread
            if options.pause and options.pause_at < time.monotonic() - begun < options.pause_at + options.pause:
                time.sleep(options.pause_at + options.pause - (time.monotonic() - begun))
        status = b"422 No" if b"refuse" in body else b"200 OK"
        text = b'{"error": "refused"}' if b"refuse" in body else b'{"prediction": ' + body + b"}"
        head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(text))
        if options.split:
            connection.sendall(head[:20])
            time.sleep(0.002)
            connection.sendall(head[20:] + text[:5])
            time.sleep(0.002)
            connection.sendall(text[5:])
        else:
            connection.sendall(head + text)
        served += 1
        if options.close_after and served >= options.close_after:
            connection.close()
            return


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--pause-at", type=float, default=0.0)
    parser.add_argument("--split", action="store_true")
    parser.add_argument("--close-after", type=int, default=0)
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    lock = threading.Lock()
    print(f'{{"event": "told by server", "port": {listener.getsockname()[1]}}}', flush=True)
    begun = 0.0
    while True:
        connection, _ = listener.accept()
        begun = begun or time.monotonic()
        threading.Thread(target=answer, args=(connection, options, begun, lock), daemon=True).start()


if __name__ == "__main__":
    main()
