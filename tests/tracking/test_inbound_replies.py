"""Replies of people reach the sender, once, under our name; programs, loops and wishes do not."""

import email
from collections.abc import Iterator
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.sending.addressing import envelope_sender
from consent.erasing.erasing import erase
from marketing.models import Account, Contact, Member, Sender, Standing
from marketing.tenancy import use_account
from tests.consent.making import make_request
from tests.mailwire.sink import Sink, running
from tests.making import make_contact, make_sender
from tests.tracking.making import make_sent_campaign
from tracking.inbound.applying import Received
from tracking.inbound.forgetting import forget_all
from tracking.inbound.judging import Kind
from tracking.inbound.mails import receive
from tracking.inbound.replies.forwarding import forward_due
from tracking.models import InboundReport, Reply, ReplyRoute

pytestmark = pytest.mark.django_db
PICTURE = bytes(range(256)) * 8 + b"\r\n\r\n.\r\n"


def written(number: int = 1, **heading: Any) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = "Ana Čapek <ana@example.test>"
    mail["Subject"] = "Re: Autumn bikes, größer?"
    mail["Message-ID"] = f"<reply{number}@example.test>"
    for name, value in heading.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    mail.set_content("Do you have it in grün?\n\n> Autumn bikes\n")
    return mail


class Answered:
    """A campaign of one sender, a person who got it, and what leaves for the sender."""

    def __init__(self, account: Account, sink: Sink) -> None:
        self.account, self.sink = account, sink
        with use_account(account):
            self.sender = make_sender(account)
            self.campaign, people = make_sent_campaign(account, sender=self.sender)
        self.person: Contact = people[0]

    def hears(self, mail: EmailMessage | bytes) -> Received:
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        keys = self.account.pk, self.campaign.pk, self.person.pk
        return receive(raw, envelope_sender(*keys))

    def left(self) -> list[Any]:
        """What left by now, as the sender's mail program reads it."""
        forward_due()
        return [email.message_from_bytes(raw, policy=policy.default) for raw in self.sink.bodies]

    def rows(self) -> list[Reply]:
        with use_account(self.account):
            return list(Reply.objects.for_account(self.account).order_by("id"))

    def route(self, target: str, member: Member | None = None) -> None:
        with use_account(self.account):
            ReplyRoute.objects.create(
                account=self.account,
                sender=self.sender,
                target=target,
                member_id=member.pk if member else None,
            )

    def to(self) -> list[str]:
        return [c.split("<")[1].rstrip(">") for c in self.sink.commands if c.startswith("RCPT")]


@pytest.fixture
def answered(acme: Account, settings: Any) -> Iterator[Answered]:
    with running(Sink()) as sink:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{sink.port}"
        yield Answered(acme, sink)


def confirmed(member: Member) -> str:
    EmailAddress.objects.create(
        user=member.user, email=member.user.email, verified=True, primary=True
    )
    return str(member.user.email)


def test_a_reply_reaches_the_sender_under_our_name_with_its_writer_in_reply_to(
    answered: Answered,
) -> None:
    assert answered.hears(written()).verdict.kind is Kind.REPLY
    (mail,) = answered.left()
    assert mail["From"].addresses[0].addr_spec == "replies@mail.assent.example"
    assert mail["From"].addresses[0].display_name == "Ana Čapek via Acme Bikes"
    assert mail["Reply-To"].addresses[0].addr_spec == "ana@example.test"
    assert mail["Subject"] == "Re: Autumn bikes, größer?"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "in grün?" in mail.get_content()
    assert answered.to() == ["news@acme.example"]
    assert "MAIL FROM:<bounces@mail.assent.example>" in answered.sink.commands[1]
    (row,) = answered.rows()
    assert (row.outcome, bytes(row.raw)) == ("sent", b"")


def test_a_reply_that_comes_twice_is_handed_on_once(answered: Answered) -> None:
    answered.hears(written())
    assert answered.hears(written()).again
    assert len(answered.left()) == len(answered.left()) == 1


def test_files_arrive_octet_by_octet(answered: Answered) -> None:
    mail = written()
    mail.add_alternative("<p>grün?</p>", subtype="html")
    mail.add_attachment(PICTURE, maintype="image", subtype="png", filename="Größe 4.png")
    mail.add_attachment(written(2))
    answered.hears(mail)
    (got,) = answered.left()
    assert [part.get_content_type() for part in got.iter_parts()] == [
        "multipart/alternative",
        "image/png",
        "application/octet-stream",
    ]
    assert got.get_body(("html",)).get_content().strip() == "<p>grün?</p>"
    picture, message = got.iter_attachments()
    assert picture.get_content() == PICTURE
    assert picture.get_filename() == "Größe 4.png"
    assert message.get_filename() == "message.eml"
    assert all(len(line) < 998 for line in answered.sink.bodies[0].split(b"\r\n"))


def test_files_beyond_the_limit_stay_behind_and_the_text_says_so(answered: Answered) -> None:
    mail = written()
    mail.add_attachment(b"x" * 9_000_000, maintype="video", subtype="mp4", filename="a.mp4")
    answered.hears(mail)
    (got,) = answered.left()
    assert "too large" in got.get_body(("plain",)).get_content()
    assert list(got.iter_attachments()) == []


@pytest.mark.parametrize(
    "heading",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<everybody.example.test>"},
        {"List_Post": "<mailto:x@example.test>"},
        {"X_Assent_Reply": "1"},
        {"X_Loop": "x"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@example.test"},
        {"From": "no-reply@example.test"},
        {"From": "nobody at all"},
    ],
    ids=str,
)
def test_programs_and_loops_are_not_handed_on(answered: Answered, heading: dict[str, Any]) -> None:
    assert answered.hears(written(**heading)).verdict.kind is not Kind.REPLY
    assert answered.left() == []


def test_our_own_handed_on_reply_is_recognised_when_it_comes_back(answered: Answered) -> None:
    answered.hears(written())
    answered.left()
    answered.hears(answered.sink.bodies[0])
    assert len(answered.left()) == 1


def test_without_a_valid_key_nothing_is_handed_on(answered: Answered) -> None:
    keys = answered.account.pk, answered.campaign.pk, answered.person.pk
    verp = envelope_sender(*keys)
    for address in (verp.replace("@", "0@"), "bounces@mail.assent.example", ""):
        receive(written().as_bytes(), address)
    assert answered.left() == []


def test_programs_that_answer_each_other_end_by_themselves(answered: Answered) -> None:
    for number in range(8):
        answered.hears(written(number))
    assert len(answered.left()) == 5
    assert [row.outcome for row in answered.rows()] == ["sent"] * 5 + ["too many in an hour"] * 3


def test_more_than_an_hour_may_see_waits_for_the_next(answered: Answered, settings: Any) -> None:
    settings.REPLIES_PER_HOUR = 2
    for number in range(3):
        answered.hears(written(number))
    assert len(answered.left()) == 2
    assert answered.rows()[2].due_at > timezone.now() + timedelta(minutes=50)
    with use_account(answered.account):
        Reply.objects.for_account(answered.account).update(due_at=timezone.now())
    assert len(answered.left()) == 3


@pytest.mark.parametrize(
    "text",
    ["STOP", "  Unsubscribe me!\n\n-- \nSent from my phone", "Bitte abmelden.", "> old\nStop", ""],
)
def test_who_writes_stop_is_unsubscribed_and_nothing_is_handed_on(
    answered: Answered, text: str
) -> None:
    mail = written(Subject="unsubscribe")
    mail.set_content(text)
    answered.hears(mail)
    answered.hears(mail)
    with use_account(answered.account):
        (standing,) = Standing.objects.for_account(answered.account)
    assert standing.newsletter == "unsubscribed"
    assert answered.left() == []


@pytest.mark.parametrize("text", ["Please do not stop!", "When does the stop end?", "Stop by soon"])
def test_who_writes_more_than_stop_is_read_by_the_sender(answered: Answered, text: str) -> None:
    mail = written()
    mail.set_content(text)
    answered.hears(mail)
    assert len(answered.left()) == 1
    with use_account(answered.account):
        assert not Standing.objects.for_account(answered.account).exists()


class TestWhereTo:
    def test_to_the_member_that_was_chosen(self, answered: Answered, emil: Member) -> None:
        answered.route("member", emil)
        address = confirmed(emil)
        answered.hears(written())
        answered.left()
        assert answered.to() == [address]

    def test_to_the_owner_when_that_member_has_left(
        self, answered: Answered, emil: Member, olga: Member
    ) -> None:
        answered.route("member", emil)
        confirmed(emil)
        with use_account(answered.account):
            emil.delete()
        address = confirmed(olga)
        answered.hears(written())
        answered.left()
        assert answered.to() == [address]

    def test_to_nobody(self, answered: Answered) -> None:
        answered.route("nobody")
        answered.hears(written())
        assert answered.left() == []
        assert bytes(answered.rows()[0].raw) == b""

    @pytest.mark.parametrize("address", ["news@mail.assent.example", "unverified@acme.example"])
    def test_never_to_ourselves_nor_to_an_address_nobody_confirmed(
        self, answered: Answered, olga: Member, address: str
    ) -> None:
        with use_account(answered.account):
            verified = None if "unverified" in address else timezone.now()
            Sender.objects.for_account(answered.account).update(
                address=address, verified_at=verified
            )
        answered.hears(written(1))
        assert answered.left() == []  # the owner confirmed none either
        confirmed(olga)
        answered.hears(written(2))
        answered.left()
        assert answered.to() == [olga.user.email]

    def test_a_reply_to_a_consent_request_waits_for_a_person(
        self, answered: Answered, acme: Account
    ) -> None:
        with use_account(acme):
            request = make_request(acme, make_contact(acme))
        got = receive(written().as_bytes(), envelope_sender(acme.pk, 0, request.pk))
        assert got.verdict.kind is Kind.QUARANTINE
        assert answered.left() == []
        with use_account(acme):
            assert InboundReport.objects.for_account(acme).get().needs_review


class TestWhatTheServerSays:
    def again(self, answered: Answered) -> None:
        with use_account(answered.account):
            Reply.objects.for_account(answered.account).update(due_at=timezone.now())

    def test_later_is_tried_later_as_the_same_mail(self, answered: Answered) -> None:
        answered.sink.replies = {"BODY": b"451 4.3.0 later\r\n"}
        answered.hears(written())
        answered.left()
        assert len(answered.left()) == 1  # not before it is due
        answered.sink.replies = {}
        self.again(answered)
        first, second = answered.left()
        assert first.as_bytes() == second.as_bytes()
        assert answered.rows()[0].outcome == "sent"

    def test_after_a_day_it_is_let_go(self, answered: Answered) -> None:
        answered.sink.replies = {"BODY": b"451 4.3.0 later\r\n"}
        answered.hears(written())
        with use_account(answered.account):
            old = timezone.now() - timedelta(hours=25)
            Reply.objects.for_account(answered.account).update(received_at=old)
        answered.left()
        (row,) = answered.rows()
        assert (row.outcome, bytes(row.raw)) == ("not accepted for a day", b"")

    def test_refused_for_good_is_the_end(self, answered: Answered) -> None:
        answered.sink.replies = {"RCPT TO": b"550 5.1.1 nobody\r\n", "RCPT": b"550 5.1.1 no\r\n"}
        answered.hears(written())
        answered.left()
        assert answered.rows()[0].outcome == "refused by their server"


def test_who_is_erased_leaves_no_words_behind(answered: Answered) -> None:
    answered.hears(written())
    with use_account(answered.account):
        erase(answered.account, bytes(answered.person.address_hash))
    assert answered.rows() == []
    answered.hears(written(2))
    assert answered.left() == []


def test_another_accounts_reply_is_its_own(answered: Answered, velo: Account) -> None:
    with use_account(velo):
        campaign, (person,) = make_sent_campaign(velo)
        assert Campaign.objects.for_account(velo).get().pk == campaign.pk
    receive(written().as_bytes(), envelope_sender(velo.pk, campaign.pk, person.pk))
    assert answered.rows() == []
    assert answered.left() == []  # Vélo has no sender, and no owner who confirmed an address


def test_rows_go_after_a_month(answered: Answered) -> None:
    answered.hears(written())
    answered.left()
    forget_all(timezone.now() + timedelta(days=29))
    assert len(answered.rows()) == 1
    forget_all(timezone.now() + timedelta(days=31))
    assert answered.rows() == []
