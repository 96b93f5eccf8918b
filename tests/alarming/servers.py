"""Real servers that webhooks and e-mails are sent to."""

import contextlib
import http.server
import json
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Hooks:
    """An HTTP server that keeps what it gets and answers as it is told."""

    def __init__(self, status=200, *, wait=0.0, drip=False, headers=None):
        self.got = []
        self.status, self.wait, self.drip, self.headers = status, wait, drip, headers or {}
        self.ended = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), json.loads(body)))
                with contextlib.suppress(OSError):
                    outer.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def answer(self, handler):
        if self.drip:
            while not self.ended.is_set():  # a byte now and then, for ever
                handler.wfile.write(b"H")
                handler.wfile.flush()
                time.sleep(0.05)
        self.ended.wait(self.wait)
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Inbox:
    """A mail server that keeps what it gets."""

    def __init__(self, *, login=None, context=None, smtps=False, refuse=""):
        self.mails, self.logins, self.refuse = [], [], refuse
        options = {}
        if login is not None:
            options = {
                "authenticator": self.check,
                "auth_required": True,
                "auth_require_tls": context is not None and not smtps,
            }
            self.login = login
        if context is not None and not smtps:
            options |= {"tls_context": context, "require_starttls": True}
        if context is not None and smtps:
            options |= {"ssl_context": context}
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port(), **options)

    def check(self, server, session, envelope, mechanism, data):
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        right = self.logins[-1] == self.login
        return AuthResult(success=right, handled=right)

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return self.refuse
        self.mails.append(envelope)
        return "250 OK"

    @property
    def port(self):
        return self.controller.port

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()


def free_port():
    import socket

    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]
