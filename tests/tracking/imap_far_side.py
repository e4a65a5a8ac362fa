"""A far end: an IMAP server over TLS with a certificate of its own, and ways to fail."""

import base64
import datetime
import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "assent", 'pä"ss wörd'
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|(\S+)')


class Gone(Exception):
    """The line breaks."""


class FarBox:
    """What lies in the folders, and how the server behaves."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[int, bytes]] = {"INBOX": {}}
        self.deleted: set[int] = set()
        self.can = ["IMAP4rev1", "AUTH=PLAIN", "MOVE", "UIDPLUS"]
        self.accepts = True  # the password
        self.breaks_before = ""  # a command, once
        self.breaks_after = ""
        self.logins = 0
        self.next_uid = 7  # no server begins with 1 for ever

    def put(self, raw: bytes) -> int:
        """A mail arrives."""
        self.next_uid += 1
        self.folders["INBOX"][self.next_uid] = raw.replace(b"\n", b"\r\n")
        return self.next_uid

    def lying(self, folder: str) -> list[bytes]:
        return list(self.folders.get(folder, {}).values())


class _Session(socketserver.StreamRequestHandler):
    """One client: as much of RFC 3501, 6851 and 4315 as a poller speaks."""

    server: Any
    selected = "INBOX"

    def handle(self) -> None:
        self.box: FarBox = self.server.box
        self.secured = self.server.is_tls
        try:
            if self.secured:
                self._secure()
            self._say("* OK far side")
            while line := self.rfile.readline():
                self._do(line.decode().rstrip("\r\n"))
        except (Gone, OSError, ValueError):
            pass
        finally:
            for each in (self.rfile, self.wfile, self.request):
                each.close()

    def _secure(self) -> None:
        for each in (self.rfile, self.wfile):
            each.close()
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", buffering=0)

    def _do(self, line: str) -> None:
        tag, _, rest = line.partition(" ")
        words = [quoted or group or bare for quoted, group, bare in _WORD.findall(rest)]
        name = words[0].upper()
        if name == "UID":
            words = words[1:]
            name = words[0].upper()
        if self.box.breaks_before == name:
            self.box.breaks_before = ""
            raise Gone
        said = getattr(self, f"_{name.lower()}")(tag, words[1:])
        if self.box.breaks_after == name:
            self.box.breaks_after = ""
            raise Gone
        self._say(f"{tag} {said or 'OK done'}")
        if name == "STARTTLS":
            self.secured = True
            self._secure()

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _capability(self, tag: str, words: list[str]) -> None:
        more = [] if self.secured else self.server.clear
        self._say("* CAPABILITY " + " ".join([*self.box.can, *more]))

    def _starttls(self, tag: str, words: list[str]) -> None:
        """Answered first, then spoken."""

    def _login(self, tag: str, words: list[str]) -> str:
        return self._judged(words[0], words[1].replace('\\"', '"').replace("\\\\", "\\"))

    def _authenticate(self, tag: str, words: list[str]) -> str:
        self._say("+ ")
        _, user, password = base64.b64decode(self.rfile.readline()).decode().split("\0")
        return self._judged(user, password)

    def _judged(self, user: str, password: str) -> str:
        assert self.secured, "a password in the clear"
        self.box.logins += 1
        right = self.box.accepts and (user, password) == (USER, PASSWORD)
        return "OK welcome" if right else "NO [AUTHENTICATIONFAILED] Invalid credentials"

    def _create(self, tag: str, words: list[str]) -> str:
        if words[0] in self.box.folders:
            return "NO [ALREADYEXISTS] there"
        self.box.folders[words[0]] = {}
        return "OK made"

    def _select(self, tag: str, words: list[str]) -> str:
        if words[0] not in self.box.folders:
            return "NO [NONEXISTENT] no such mailbox"
        self.selected = words[0]
        self._say(f"* {len(self.box.folders[words[0]])} EXISTS")
        return "OK [READ-WRITE] selected"

    def _search(self, tag: str, words: list[str]) -> None:
        found = [uid for uid in self.box.folders[self.selected] if uid not in self.box.deleted]
        self._say("* SEARCH " + " ".join(map(str, reversed(found))))

    def _fetch(self, tag: str, words: list[str]) -> None:
        raw = self.box.folders[self.selected].get(int(words[0]))
        octets = re.fullmatch(r"\(BODY\.PEEK\[\]<0\.(\d+)>\)", words[1])
        assert octets, words
        if raw is not None:
            raw = raw[: int(octets[1])]
            self.wfile.write(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n" % (int(words[0]), len(raw)))
            self.wfile.write(raw + b")\r\n")

    def _copy(self, tag: str, words: list[str]) -> None:
        raw = self.box.folders[self.selected][int(words[0])]
        self.box.next_uid += 1
        self.box.folders[words[1]][self.box.next_uid] = raw

    def _move(self, tag: str, words: list[str]) -> None:
        self._copy(tag, words)
        del self.box.folders[self.selected][int(words[0])]

    def _store(self, tag: str, words: list[str]) -> None:
        assert words[1:] == ["+FLAGS.SILENT", "(\\Deleted)"]
        self.box.deleted.add(int(words[0]))

    def _expunge(self, tag: str, words: list[str]) -> None:
        assert words, "EXPUNGE without UID would take others' mail too"
        self.box.folders[self.selected].pop(int(words[0]), None)

    def _logout(self, tag: str, words: list[str]) -> None:
        self._say("* BYE")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us is no news."""


@contextmanager
def serving(
    box: FarBox, folder: Path, *, is_tls: bool = True, offers_tls: bool = True
) -> Iterator[tuple[int, Path]]:
    """The port it listens on, and the file of the authority a client must trust."""
    authority = folder / "authority.pem"
    chain = folder / "server.pem"
    if not chain.exists():
        _certify(authority, chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server: Any = _Server(("127.0.0.1", 0), _Session)
    server.box, server.context, server.is_tls = box, context, is_tls
    server.clear = ["STARTTLS"] if offers_tls else []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1], authority
    finally:
        server.shutdown()
        thread.join(20)
        server.server_close()


def _certify(authority: Path, chain: Path) -> None:
    """A certificate for 127.0.0.1 that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "far side")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    authority.write_bytes(pem)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain.write_bytes(private + pem)
