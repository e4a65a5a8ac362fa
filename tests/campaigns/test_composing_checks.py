"""The checks before a launch."""

from dataclasses import replace

from campaigns.composing.blocks import Document, add, starting_document
from campaigns.composing.checks import Check, Level, MailToCheck, checks_of, may_launch
from campaigns.composing.framing import Frame
from campaigns.composing.merging import known_fields
from campaigns.composing.rendering import mail_template

FRAME = Frame(company="Acme", postal_address="1 Main Street", reason="You signed up.")


def mail_of(document: Document, subject: str = "News") -> MailToCheck:
    return MailToCheck(
        subject=subject,
        sender_address="news@acme.example",
        document=document,
        template=mail_template(document, FRAME),
        known_fields=known_fields(),
    )


def with_link() -> Document:
    button = {"label": "Go", "href": "https://acme.example/"}
    return add(starting_document(), "button", props=button)


def bad(checks: list[Check]) -> list[tuple[str, str]]:
    return [(check.level, check.field) for check in checks if check.level is not Level.GOOD]


def test_a_good_mail_may_be_launched_and_says_so() -> None:
    checks = checks_of(mail_of(with_link()))
    assert bad(checks) == []
    assert len(checks) == 2
    assert may_launch(checks)


def test_missing_subject_sender_and_content_keep_it_back() -> None:
    checks = checks_of(replace(mail_of(Document(), subject=" "), sender_address=""))
    assert {field for level, field in bad(checks) if level == "error"} == {
        "subject",
        "sender",
        "content",
    }
    assert not may_launch(checks)


def test_a_field_that_does_not_exist_is_named() -> None:
    document = add(with_link(), "heading", props={"text": "Hi {{ contact.shoe }}"})
    checks = checks_of(mail_of(document, subject="{{ contact.hat }}"))
    texts = [check.text for check in checks if check.level is Level.ERROR]
    assert texts == [
        "There is no field contact.hat.",
        "Heading: There is no field contact.shoe.",
    ]


def test_pictures_without_words_and_mails_without_links_are_warned_about() -> None:
    picture = {"src": "https://acme.example/a.png"}
    checks = checks_of(mail_of(add(starting_document(), "picture", props=picture)))
    assert [level for level, _ in bad(checks)] == ["warn", "warn"]
    assert may_launch(checks)


def test_words_that_show_another_host_look_like_fraud() -> None:
    html = '<p><a href="https://other.example/">https://bank.example/login</a></p>'
    checks = checks_of(mail_of(add(starting_document(), "text", props={"html": html})))
    assert "bank.example" in checks[0].text


def test_a_mail_that_gmail_would_cut_is_warned_about() -> None:
    document = with_link()
    for _ in range(6):
        document = add(document, "text", props={"html": f"<p>{'long ' * 3000}</p>"})
    assert "Gmail will cut" not in checks_of(mail_of(document))[0].text
    document = add(document, "text", props={"html": f"<p>{'long ' * 3000}</p>"})
    assert "Gmail will cut" in checks_of(mail_of(document))[0].text


def test_a_mail_without_the_way_out_is_never_launched() -> None:
    mail = mail_of(with_link())
    text = mail.template.text.replace("{{ unsubscribe_url }}", "")
    checks = checks_of(replace(mail, template=replace(mail.template, text=text)))
    assert not may_launch(checks)
