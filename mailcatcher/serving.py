"""HTTP around answering.py: a thread per request, loopback names only, strict headers."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from mailcatcher.answering import POLICY, Answer, Catcher, Request

LARGEST = 1_000_000
EVERY_ANSWER = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Handler(BaseHTTPRequestHandler):
    """One request; all methods go the same way."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    server: "Server"

    def handle_any(self) -> None:
        self.send(self.answer())

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

    def answer(self) -> Answer:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True
            return Answer(413, b"Too large", "text/plain")
        body = self.rfile.read(int(length))
        if not self.is_ours():
            return Answer(403, b"Another site may not ask here.", "text/plain")
        parts = urlsplit(self.path)
        query: dict[str, str] = {}
        for name, value in parse_qsl(parts.query):
            query.setdefault(name, value)
        return self.server.catcher.answer(Request(self.command, parts.path, query, body))

    def is_ours(self) -> bool:
        """Against rebinding of foreign names, and forms on foreign pages."""
        given = self.headers.get("Host", "")
        if urlsplit(f"//{given}").hostname not in self.server.names:
            return False
        if self.command in ("GET", "HEAD"):
            return True
        return self.headers.get("Origin") in (None, f"http://{given}")

    def send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {**EVERY_ANSWER, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Who looks at which mail is nobody's business."""


class Server(ThreadingHTTPServer):
    """Bound and listening once made; ends without waiting for browsers that stay connected."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, catcher: Catcher, host: str, port: int) -> None:
        self.catcher = catcher
        self.names = {"127.0.0.1", "localhost", host}
        super().__init__((host, port), Handler)
