"""Notices by e-mail."""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage

from litmus.alarming.channels import Mail
from litmus.alarming.notice import Notice
from litmus.alarming.sending import Secrets, SendingError
from litmus.alarming.webhook import closed_after

__all__ = ["send_mail"]

_LATER = range(400, 500)  # SMTP's codes for what may work later


def send_mail(mail: Mail, to: Sequence[str], notice: Notice, delivery: str, secrets: Secrets) -> None:
    """Give a notice to the mail server.

    Args:
        mail: the server.
        to: addresses.
        notice: what; its figures are attached as JSON.
        delivery: the delivery's number, which is part of the message's identity.
        secrets: reads the login from the environment.

    Raises:
        SendingError: when the server does not take it for everybody, or not in time.
    """
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = notice.title, mail.sender, ", ".join(to)
    message["Message-ID"] = f"<litmus-{delivery}@{mail.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.text)
    if notice.facts:
        facts = json.dumps(notice.facts, indent=1, ensure_ascii=False, default=str)
        message.add_attachment(facts, subtype="json", filename="facts.json")
    login = (
        (secrets.read(mail.user_from), secrets.read(mail.password_from))
        if mail.user_from and mail.password_from
        else None
    )
    try:
        with _connected(mail) as server, closed_after(lambda: server.sock, mail.timeout) as was_late:
            try:
                refused = _converse(server, mail, login, message)
            except (OSError, smtplib.SMTPException):
                if was_late():
                    raise SendingError(f"{mail.host} did not take it within {mail.timeout:g} seconds") from None
                raise
        if refused:
            raise SendingError(f"{mail.host} refused {', '.join(refused)}", again=False)
    except smtplib.SMTPAuthenticationError as error:
        raise SendingError(f"{mail.host} refused the login ({error.smtp_code})") from None
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        raise SendingError(f"{mail.host} answered {error.smtp_code} {said}", again=error.smtp_code in _LATER) from None
    except smtplib.SMTPRecipientsRefused as error:
        again = all(code in _LATER for code, _ in error.recipients.values())
        raise SendingError(f"{mail.host} refused {', '.join(error.recipients)}", again=again) from None
    except smtplib.SMTPServerDisconnected as error:
        late = "timed out" in str(error)
        why = f"did not answer within {mail.timeout:g} seconds" if late else "closed the connection"
        raise SendingError(f"{mail.host} {why}") from None
    except TimeoutError:
        raise SendingError(f"{mail.host} did not answer within {mail.timeout:g} seconds") from None
    except OSError as error:
        raise SendingError(f"no connection to {mail.host}: {error.strerror or error}") from None


def _connected(mail: Mail) -> smtplib.SMTP:
    if mail.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port_used, timeout=mail.timeout, context=context)
    return smtplib.SMTP(mail.host, mail.port_used, timeout=mail.timeout)


def _converse(
    server: smtplib.SMTP, mail: Mail, login: tuple[str, str] | None, message: EmailMessage
) -> dict[str, tuple[int, bytes]]:
    """Returns the addresses that were refused while others were not."""
    if mail.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    if login is not None:
        server.login(*login)
    return server.send_message(message)
