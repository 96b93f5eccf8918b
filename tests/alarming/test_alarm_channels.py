"""Notices arrive: over HTTP, by mail, at programs and in the log, from real servers' points of view."""

import email
import hashlib
import hmac
import json
import logging
import socket
import ssl
import subprocess
import sys
import time

import pytest
from servers import Hooks, Inbox, free_port

from litmus.alarming import Channel, Mail, Notice
from litmus.alarming.sending import SendingError, send

NOTICE = Notice(
    "raised",
    "drift",
    "income",
    "Age moved: ünïcode.",
    "2026-11-22T10:00:00+00:00",
    "2026-11-22T10:00:00+00:00",
    1,
    "a1",
    {"psi": 0.3},
)


def deliver(channel, *, mail=None, notice=NOTICE):
    send(Channel.model_validate(channel), notice, mail=mail, delivery="d1")


def test_a_webhook_gets_the_notice_signed(monkeypatch):
    monkeypatch.setenv("HOOK_KEY", "k3y")
    monkeypatch.setenv("HOOK_TOKEN", "Bearer t0ken")
    with Hooks() as hooks:
        deliver(
            {"webhook": {"url": hooks.url, "secret_from": "HOOK_KEY", "headers_from": {"Authorization": "HOOK_TOKEN"}}}
        )
    path, headers, body = hooks.got[0]
    assert (path, headers["Authorization"], headers["X-Litmus-Delivery"]) == ("/hook", "Bearer t0ken", "d1")
    assert body["text"].startswith("[ALARM] income: drift")
    assert (body["kind"], body["facts"], body["message"]) == ("raised", {"psi": 0.3}, "Age moved: ünïcode.")
    raw = json.dumps(NOTICE.to_json(), ensure_ascii=False).encode()
    assert headers["X-Litmus-Signature"] == "sha256=" + hmac.new(b"k3y", raw, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("status", "again"), [(500, True), (503, True), (429, True), (404, False), (302, False), (400, False)]
)
def test_answers_that_are_no_success(status, again):
    with Hooks(status, headers={"Retry-After": "7"}) as hooks, pytest.raises(SendingError, match=str(status)) as caught:
        deliver({"webhook": hooks.url})
    assert (caught.value.again, caught.value.after) == (again, 7.0 if again else caught.value.after)


@pytest.mark.parametrize("how", [{"wait": 30.0}, {"drip": True}])
def test_a_webhook_that_hangs_is_given_up(how):
    with Hooks(**how) as hooks:
        begun = time.monotonic()
        with pytest.raises(SendingError, match=r"no answer within 0.5 seconds"):
            deliver({"webhook": {"url": hooks.url, "timeout": 0.5}})
        assert time.monotonic() - begun < 20


def test_a_webhook_that_is_not_there():
    with pytest.raises(SendingError, match="no connection") as caught:
        deliver({"webhook": f"http://127.0.0.1:{free_port()}/x"})
    assert caught.value.again


def test_secrets_are_in_no_error(monkeypatch):
    with pytest.raises(SendingError, match="HOOK_URL is not set"):
        deliver({"webhook": {"url_from": "HOOK_URL"}})
    monkeypatch.setenv("HOOK_URL", f"http://127.0.0.1:{free_port()}/T0PSECRET")
    with pytest.raises(SendingError) as caught:
        deliver({"webhook": {"url_from": "HOOK_URL"}})
    assert "T0PSECRET" not in str(caught.value)
    monkeypatch.setenv("HOOK_URL", "T0PSECRET")
    with pytest.raises(SendingError, match="holds no address") as caught:
        deliver({"webhook": {"url_from": "HOOK_URL"}})
    assert "T0PSECRET" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


def mail_to(inbox, security, **options):
    return Mail(
        host="127.0.0.1", port=inbox.port, sender="litmus@example.org", security=security, timeout=10, **options
    )


def read_mail(envelope):
    return email.message_from_bytes(envelope.original_content, policy=email.policy.default)


def test_a_mail_arrives():
    with Inbox() as inbox:
        deliver({"email": ["a@example.org", "b@example.org"]}, mail=mail_to(inbox, "none"))
    message = read_mail(inbox.mails[0])
    assert inbox.mails[0].rcpt_tos == ["a@example.org", "b@example.org"]
    assert message["Subject"] == "[ALARM] income: drift"
    assert "Age moved: ünïcode." in message.get_body().get_content()
    assert json.loads(next(message.iter_attachments()).get_content()) == {"psi": 0.3}


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the test server has TLS from the first byte
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_is_encrypted_and_logged_in(monkeypatch, certificate, security):
    file, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("MAIL_USER", "litmus")
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    with Inbox(login=("litmus", "hunter2"), context=context, smtps=security == "tls") as inbox:
        mail = mail_to(inbox, security, user_from="MAIL_USER", password_from="MAIL_PASSWORD")
        deliver({"email": "a@example.org"}, mail=mail)
        assert inbox.logins == [("litmus", "hunter2")]
        assert len(inbox.mails) == 1
        monkeypatch.setenv("MAIL_PASSWORD", "wrong-secret")
        with pytest.raises(SendingError, match="refused the login") as caught:
            deliver({"email": "a@example.org"}, mail=mail)
        assert "wrong-secret" not in str(caught.value)


def test_a_server_with_an_unknown_certificate_gets_nothing(certificate):
    with Inbox(context=certificate[1]) as inbox, pytest.raises(SendingError):
        deliver({"email": "a@example.org"}, mail=mail_to(inbox, "starttls"))
    assert inbox.mails == []


@pytest.mark.parametrize(("answer", "again"), [("451 later", True), ("554 never", False)])
def test_a_mail_that_is_refused(answer, again):
    with Inbox(refuse=answer) as inbox, pytest.raises(SendingError, match=answer) as caught:
        deliver({"email": "a@example.org"}, mail=mail_to(inbox, "none"))
    assert caught.value.again is again


def test_a_mail_server_that_hangs_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail = Mail(host="127.0.0.1", port=silent.getsockname()[1], sender="a@b.org", security="none", timeout=0.5)
        with pytest.raises(SendingError, match=r"within 0.5 seconds"):
            deliver({"email": "a@example.org"}, mail=mail)


def test_a_command_gets_the_notice(tmp_path):
    script = (
        "import json, os, sys; "
        "open(sys.argv[1], 'w').write(json.dumps([json.load(sys.stdin)['rule'], os.environ['LITMUS_ALARM_SUBJECT']]))"
    )
    deliver({"command": [sys.executable, "-c", script, str(tmp_path / "got")]})
    assert json.loads((tmp_path / "got").read_text()) == ["drift", "income"]


def test_commands_that_fail(tmp_path):
    with pytest.raises(SendingError, match=r"ended with 3: no pager"):
        deliver({"command": [sys.executable, "-c", "import sys; sys.stderr.write('no pager'); sys.exit(3)"]})
    with pytest.raises(SendingError, match="cannot be run") as caught:
        deliver({"command": [str(tmp_path / "nothing")]})
    assert not caught.value.again
    with pytest.raises(SendingError, match=r"longer than 0.5 seconds"):
        deliver({"command": {"run": ["sh", "-c", "sleep 60 & sleep 60"], "timeout": 0.5}})


def test_the_log_has_it(caplog):
    with caplog.at_level(logging.INFO, logger="litmus.alarms"):
        deliver("log")
    assert "[ALARM] income: drift. Age moved" in caplog.text
