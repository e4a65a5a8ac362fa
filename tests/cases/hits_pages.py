"""The requests of hits.json for the public pages: each is sent, and answered, as the file says.

Each changes what it is told to change and nothing else: all tables of the account are compared.
"""

import re
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlencode

from django.core import mail
from django.http import HttpResponse
from django.test import Client

from consent.models import ConsentRecord
from marketing.models import Standing
from marketing.tenancy import use_account
from tests.cases.hits_telling import STARTS, Told
from tests.house.one_of_each import picture

# The button of a page, as the form sends it.
BUTTONS: Final = {
    "confirm": ("answer", "yes"),
    "refuse": ("answer", "no"),
    "unsubscribe": ("leave", "1"),
    "stop_tracking": ("stop", "tracking"),
}
# The record that a press leaves: purpose and event.
CHANGES: Final = {
    "agreed": ("newsletter", "agreed"),
    "refused": ("newsletter", "refused"),
    "unsubscribed": ("newsletter", "withdrew"),
    "tracking_withdrawn": ("tracking", "withdrew"),
}
# What an address said last, once it acted after the mail, as the state of the case.
STATES: Final = {
    "agreed": "agreed",
    "refused": "refused",
    "unsubscribed": "unsubscribed",
    "withdrew": "unsubscribed",
}
PRESSED: Final = re.compile(r"\{BUTTON:(\w+)\}")


class Forms(HTMLParser):
    """The fields that each button of a page sends by POST to the page itself, without script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.buttons: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._hidden: list[tuple[str, str]] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            own = given.get("method", "").lower() == "post" and not given.get("action")
            self._hidden = [] if own else None
        elif self._hidden is not None and tag == "input" and given.get("type") == "hidden":
            self._hidden.append((given.get("name", ""), given.get("value", "")))
        elif self._hidden is not None and tag == "button":
            pressed = (given.get("name", ""), given.get("value", ""))
            self.buttons[pressed] = [*self._hidden, pressed]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._hidden = None


class Pages:
    """The public pages, asked by strangers without a cookie."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._fields: dict[tuple[str, str], list[tuple[str, str]]] = {}

    def ask(self, event: Any) -> list[str]:
        """Send one request; what is not as told."""
        told, expected = self._told, event["expected"]
        path, before = told.path_of(event["recipient"], event["target"]), picture(told.account)
        records, mails = _records(told), len(mail.outbox)
        answer = self._send(event, path)
        wrong = _answer_faults(event, answer)
        if expected["response"] in ("404", "plain") and answer.content != self._nothing(event):
            wrong.append("not the one plain answer")
        new = _records(told)[len(records) :]
        if change := expected["state_change"]:
            contact = told.people[event["recipient"]]
            if new != [(contact.pk, *CHANGES[change])]:
                wrong.append(f"recorded {new}")
        elif picture(told.account) != before:
            wrong.append("something changed")
        return wrong if len(mail.outbox) == mails else [*wrong, "a mail was sent"]

    def state_of(self, name: str) -> str | None:
        """The state of one person, in the words of the cases."""
        told = self._told
        with use_account(told.account):
            standing = Standing.objects.for_account(told.account).filter(
                address_hash=told.people[name].address_hash
            )
            said = standing.values_list("newsletter", flat=True).first() or ""
        if any(row[:2] == (told.people[name].pk, "newsletter") for row in _records(told)):
            return STATES.get(said)
        start = told.starts[name]
        return start if said == STARTS[start][1] else None

    def _send(self, event: Any, path: str) -> Any:
        headers = dict(event["headers"])
        kind = headers.pop("Content-Type", "application/x-www-form-urlencoded")
        body = event["body"] or ""
        if pressed := PRESSED.fullmatch(body):
            body = urlencode(self._pressed(event, pressed[1]))
        _, asks, query = event["target"].partition("?")
        return self._stranger(event).generic(
            event["method"], path + asks + query, body, content_type=kind, headers=headers
        )

    def _pressed(self, event: Any, button: str) -> list[tuple[str, str]]:
        """The fields of this button on the person's own page; of before, if it is gone by now."""
        what = event["target"].partition("?")[0].partition(":")[0]
        path = self._told.path_of(event["recipient"], what)
        page = self._stranger(event).get(path).content.decode()
        found = Forms(page).buttons.get(BUTTONS[button])
        assert found or not event["expected"]["state_change"], f"{path} has no such button"
        return self._fields.setdefault((path, button), found or []) or [BUTTONS[button]]

    def _nothing(self, event: Any) -> bytes:
        """The one answer for a link of nobody, to the same reader."""
        headers = {n: v for n, v in event["headers"].items() if n != "Content-Type"}
        answer = self._stranger(event).get("/u/nothing", headers=headers)
        return bytes(answer.content)

    def _stranger(self, event: Any) -> Client:
        return Client(
            enforce_csrf_checks=True, REMOTE_ADDR=event["ip"], HTTP_USER_AGENT=event["user_agent"]
        )


def _answer_faults(event: Any, answer: HttpResponse) -> list[str]:
    """Status and headers of an answer against what the case says of it."""
    response, status = event["expected"]["response"], answer.status_code
    wrong = []
    if answer.cookies:
        wrong.append("a cookie")
    if answer.has_header("Location"):
        wrong.append("a redirect")
    if answer.get("Cache-Control") != "no-store" and event["method"] in ("GET", "HEAD", "POST"):
        wrong.append("may be cached")
    if response == "page":
        return wrong + _page_faults(event, answer)
    if response != "any" and str(status) not in response.replace("plain", "404").split("_or_"):
        wrong.append(f"status {status}")
    return wrong


def _page_faults(event: Any, answer: HttpResponse) -> list[str]:
    """A page that does nothing by itself, however long a browser with script stays on it."""
    status, text, wrong = answer.status_code, answer.content, []
    html = answer.get("Content-Type", "").startswith("text/html")
    if status != 200 or not html or (not text) != (event["method"] == "HEAD"):
        wrong.append(f"no page but {status}")
    if re.search(rb"<script|\son\w+=|http-equiv|javascript:", text, re.IGNORECASE):
        wrong.append("something that acts by itself")
    if "default-src 'none'" not in answer.get("Content-Security-Policy", ""):
        wrong.append("a policy that lets scripts run")
    return wrong


def _records(told: Told) -> list[tuple[int | None, str, str]]:
    """Contact, purpose and event of what was recorded since the mail, in its order."""
    with use_account(told.account):
        rows = ConsentRecord.objects.for_account(told.account).order_by("seq")
        return list(rows.values_list("contact_id", "purpose", "event")[told.records :])
