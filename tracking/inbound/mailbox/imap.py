"""The wire: one session with a mailbox over TLS (RFC 9051 and 3501, MOVE, UIDPLUS).

A mail is moved only when the caller says so; until then it lies where it was, unread.
"""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

_SECONDS: Final = 20.0  # for each answer
_PORTS: Final = {"imaps": 993, "imap": 143}
TAKEN: Final = "Assent-taken"
ASIDE: Final = "Assent-aside"


class Trouble(StrEnum):
    """Why a session ended without a result; a word for health pages, without names."""

    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate not accepted"
    NO_TLS = "offers no TLS"
    LOGIN = "login refused"
    FOLDER = "no such folder"
    PROTOCOL = "answers what nobody understands"
    DATABASE = "could not be stored"


class Broken(Exception):
    """The session is over. `words` are the server's own."""

    def __init__(self, trouble: Trouble, words: str = "") -> None:
        super().__init__(f"{trouble}: {words}")
        self.trouble = trouble
        self.words = words[:300].replace("\0", "")


class BadUrl(ValueError):
    """INBOUND_IMAP_URL is none."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """Where the mailbox is. The password is never shown."""

    is_tls: bool  # from the first octet; else STARTTLS, which must be offered
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    taken: str = TAKEN
    aside: str = ASIDE

    @property
    def place(self) -> str:
        """Its name without the password."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"[:300]

    @classmethod
    def of(cls, url: str) -> "Box":
        """From `imaps://user:password@host/folder?taken=folder`, percent-encoded. Raises BadUrl."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as bad:
            raise BadUrl("INBOUND_IMAP_URL is no URL.") from bad
        if parts.scheme not in _PORTS or not (parts.hostname and parts.username):
            raise BadUrl("INBOUND_IMAP_URL must read imaps://user:password@host/folder.")
        more = parse_qs(parts.query)
        box = cls(
            is_tls=parts.scheme == "imaps",
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            taken=more.get("taken", [TAKEN])[0],
            aside=more.get("aside", [ASIDE])[0],
        )
        if not all(name.isascii() and name.isprintable() for name in box.folders):
            raise BadUrl("Folders of INBOUND_IMAP_URL must have names in ASCII.")
        if len(set(box.folders)) < len(box.folders):
            raise BadUrl("INBOUND_IMAP_URL names one folder twice.")
        return box

    @property
    def folders(self) -> tuple[str, str, str]:
        """Where mail arrives, where it goes when taken, where it goes when it can not be."""
        return self.folder, self.taken, self.aside


class Session:
    """An open mailbox. Every method raises Broken when the far end fails."""

    def __init__(self, client: imaplib.IMAP4, box: Box) -> None:
        self._client = client
        self._box = box
        _, said = client.capability()
        self._can = {word.upper() for word in _line(said).split()}

    def open(self) -> None:
        """Make the folders for what was handled, and select the one where mail arrives."""
        for name in (self._box.taken, self._box.aside):
            self._client.create(_quoted(name))  # NO where it is there already
        if self._client.select(_quoted(self._box.folder))[0] != "OK":
            raise Broken(Trouble.FOLDER, self._box.folder)

    def waiting(self, most: int) -> list[str]:
        """UIDs of mail that lies there, oldest first."""
        found = self._uid("SEARCH", "UNDELETED")
        return sorted(_line(found).split(), key=int)[:most]

    def fetch(self, uid: str, octets: int) -> bytes | None:
        """The beginning of a mail, still unread; None where somebody else took it meanwhile."""
        for answer in self._uid("FETCH", uid, f"(BODY.PEEK[]<0.{octets}>)"):
            if isinstance(answer, tuple):
                return bytes(answer[1])
        return None

    def move(self, uid: str, *, aside: bool) -> None:
        """Out of the way. Without MOVE: copied, then deleted; in between it lies there twice."""
        folder = _quoted(self._box.aside if aside else self._box.taken)
        if "MOVE" in self._can:
            self._uid("MOVE", uid, folder)
            return
        self._uid("COPY", uid, folder)
        self._uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self._can:
            self._uid("EXPUNGE", uid)

    def _uid(self, command: str, *arguments: str) -> list:
        status, answers = self._client.uid(command, *arguments)
        if status != "OK":
            raise Broken(Trouble.PROTOCOL, f"{command}: {_line(answers)}")
        return answers


@contextmanager
def opened(box: Box, context: ssl.SSLContext | None = None) -> Iterator[Session]:
    """Log in and open the folder. Raises Broken, also for what fails inside."""
    try:
        client = _connected(box, context or ssl.create_default_context())
        try:
            _log_in(client, box)
            session = Session(client, box)
            session.open()
            yield session
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                client.logout()
            with suppress(OSError):
                client.shutdown()  # after a broken line logout leaves the socket open
    except ssl.SSLCertVerificationError as bad:
        raise Broken(Trouble.CERTIFICATE, bad.verify_message) from bad
    except (imaplib.IMAP4.abort, OSError) as gone:
        raise Broken(Trouble.UNREACHABLE, str(gone)) from gone
    except (imaplib.IMAP4.error, ValueError) as odd:
        raise Broken(Trouble.PROTOCOL, str(odd)) from odd


def _connected(box: Box, context: ssl.SSLContext) -> imaplib.IMAP4:
    if box.is_tls:
        return imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=_SECONDS)
    client = imaplib.IMAP4(box.host, box.port, timeout=_SECONDS)
    if "STARTTLS" not in client.capabilities:
        client.shutdown()
        raise Broken(Trouble.NO_TLS, "No password is sent without TLS.")
    client.starttls(context)
    return client


def _log_in(client: imaplib.IMAP4, box: Box) -> None:
    """AUTHENTICATE PLAIN takes any password; LOGIN only those in ASCII."""
    plain = f"\0{box.user}\0{box.password}".encode()
    try:
        if "AUTH=PLAIN" in client.capabilities:
            client.authenticate("PLAIN", lambda _: plain)
        else:
            client.login(box.user, box.password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError) as refused:
        raise Broken(Trouble.LOGIN, str(refused)) from refused


def _line(answers: list) -> str:
    first = answers[0] if answers else b""
    return first.decode("ascii", "replace") if isinstance(first, bytes) else ""


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
