"""Pages and JSON as plain functions from a request to an answer; serving.py puts them on HTTP."""

import json
import mimetypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from mailcatcher.behaving import Behaviour, Unusable
from mailcatcher.framing import framed, policy_of_frame
from mailcatcher.mails import Mail, Mails
from mailcatcher.smtp import Sink

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
PER_PAGE = 50
VIEWS = ("html", "text", "links", "headers", "source")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Request:
    """Method, path without query, the query's first values, body."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What goes back; `headers` come on top of those every answer has."""

    status: int
    body: bytes
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Catcher:
    """The routes over one store and one sink."""

    def __init__(
        self, sink: Sink, *, pictures_from: Iterable[str] = (), built: Path | None = None
    ) -> None:
        self.sink = sink
        self.mails: Mails = sink.mails
        self.pictures_from = tuple(pictures_from)
        self.built = built
        self.engine = Engine(dirs=[str(HERE / "templates")])

    def answer(self, request: Request) -> Answer:
        """Never raises for what a client sends; unknown paths are 404."""
        words = [word for word in request.path.split("/") if word]
        read = request.method in ("GET", "HEAD")
        if words[:1] == ["api"]:
            return self.api(request, words[1:])
        if not words and read:
            return self.list_page(request)
        if words == ["delete"] and request.method == "POST":
            self.mails.delete_all()
            return Answer(303, b"", headers={"Location": "/"})
        if words[:1] == ["static"] and len(words) == 2 and read:
            return self.file(words[1])
        if words[:1] == ["mails"] and read:
            return self.of_mail(words[1:], self.mail_page)
        return not_found()

    def of_mail(self, words: list[str], show: Callable[[Mail, str], Answer]) -> Answer:
        """Finds the mail that the path names, 404 when it has left."""
        mail = self.mails.get(int(words[0])) if words and words[0].isdecimal() else None
        if mail is None or len(words) > 2:
            return not_found()
        return show(mail, words[1] if len(words) == 2 else "")

    # --- pages ---------------------------------------------------------------------------

    def list_page(self, request: Request) -> Answer:
        to = request.query.get("to", "")
        found = self.mails.newest_first(to=to)
        asked = request.query.get("page", "1")
        page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1
        first = (page - 1) * PER_PAGE
        shown = found[first : first + PER_PAGE]
        return self.page(
            "list.html",
            mails=shown,
            to=to,
            total=len(found),
            first=first + 1,
            last=first + len(shown),
            newer=page - 1,
            older=page + 1 if first + PER_PAGE < len(found) else 0,
            taken=self.mails.taken,
        )

    def mail_page(self, mail: Mail, view: str) -> Answer:
        if view == "frame":
            headers = {"Content-Security-Policy": policy_of_frame(self.pictures_from)}
            return Answer(200, framed(mail.html).encode(), headers=headers)
        view = view or ("html" if mail.html else "text")
        if view not in VIEWS:
            return not_found()
        source = mail.raw.decode("utf-8", errors="replace") if view == "source" else ""
        return self.page("mail.html", mail=mail, view=view, views=VIEWS, source=source)

    def page(self, template: str, **context: Any) -> Answer:
        plain = Context(context, use_l10n=False, use_tz=False)
        return Answer(200, self.engine.get_template(template).render(plain).encode())

    def file(self, name: str) -> Answer:
        """Our own few files, and fonts and icons of the product's build where it exists."""
        for folder in (STATIC, self.built):
            path = folder / name if folder is not None else None
            if path is not None and path.is_file() and path.parent == folder:
                kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                return Answer(200, path.read_bytes(), kind)
        return not_found()

    # --- JSON ----------------------------------------------------------------------------

    def api(self, request: Request, words: list[str]) -> Answer:
        """/api/mails, /api/mails/N, /api/mails/N/source, /api/behaviour, /api/taken."""
        match (request.method, words):
            case ("GET", ["taken"]):
                return as_json({"taken": self.mails.taken})
            case ("GET", ["mails"]):
                found = self.mails.newest_first(to=request.query.get("to", ""))
                return as_json([mail.summary() for mail in found])
            case ("DELETE", ["mails"]):
                self.mails.delete_all()
                return as_json({})
            case ("GET", ["mails", *rest]):
                return self.of_mail(rest, mail_as_json)
            case ("DELETE", ["mails", number]) if number.isdecimal():
                return as_json({}) if self.mails.delete(int(number)) else not_found()
            case (_, ["behaviour"]):
                return self.behaviour(request)
            case _:
                return not_found()

    def behaviour(self, request: Request) -> Answer:
        """GET shows it, PUT replaces it, DELETE takes everything again."""
        if request.method == "PUT":
            try:
                self.sink.behaviour = Behaviour.read(json.loads(request.body or b"null"))
            except (Unusable, ValueError) as error:
                return as_json({"error": str(error)}, status=422)
        elif request.method == "DELETE":
            self.sink.behaviour = Behaviour()
        return as_json(self.sink.behaviour.as_json())


def mail_as_json(mail: Mail, view: str) -> Answer:
    if view == "source":
        return Answer(200, mail.raw, "message/rfc822")
    return not_found() if view else as_json(mail.details())


def as_json(content: Any, *, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content).encode(), "application/json")


def not_found(text: str = "There is no such page or mail.") -> Answer:
    return Answer(404, f"<!doctype html><title>404</title><p>{escape(text)}</p>".encode())
