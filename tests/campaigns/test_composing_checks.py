"""The checks before a launch."""

from dataclasses import replace

import pytest

from campaigns.composing.blocks import Document, add, change, starting_document
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
    assert [check.text for check in checks] == [
        "The link is whole and uses https.",
        "The unsubscribe link is in both parts.",
        "7 KB of 102 KB, so that Gmail shows it whole.",
    ]
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
    assert [text.partition(". ")[0] for text in texts] == [
        "There is no field contact.hat",
        "Heading 2: There is no field contact.shoe",
    ]


def test_pictures_without_words_and_mails_without_links_are_warned_about() -> None:
    picture = {"src": "https://acme.example/a.png"}
    checks = checks_of(mail_of(add(starting_document(), "picture", props=picture)))
    assert [level for level, _ in bad(checks)] == ["warn", "warn"]
    assert may_launch(checks)


def test_pictures_are_named_and_praised_when_each_has_words() -> None:
    document = starting_document()
    for alt in ("A red bicycle", ""):
        document = add(document, "picture", props={"src": "https://acme.example/a.png", "alt": alt})
    bare = document.blocks[-1].id
    warned = [check for check in checks_of(mail_of(document)) if "description" in check.text]
    assert [(check.text, check.field) for check in warned] == [
        ("Picture 2 has no description; many people see no pictures.", f"block:{bare}:alt")
    ]
    described = add(with_link(), "picture", props={"src": "https://acme.example/a", "alt": "Bike"})
    assert any("Every picture has" in check.text for check in checks_of(mail_of(described)))


@pytest.mark.parametrize(
    ("href", "said"),
    [
        ("http://acme.example/sale", "A link uses http;"),
        ("https://https//acme.example", "A link leads to https, which is no whole address."),
        ("https://shop/sale", "A link leads to shop, which is no whole address."),
        ("//acme.example/sale", "The link has no https: in front"),
    ],
)
def test_links_that_may_lead_nowhere_are_doubted_at_their_block(href: str, said: str) -> None:
    html = f'<p>Hi <a href="{href}">see it</a></p>'
    document = add(with_link(), "text", props={"html": html})
    [doubt] = [check for check in checks_of(mail_of(document)) if check.level is Level.WARN]
    assert doubt.text.startswith(said)
    assert doubt.text.endswith("(see it)")
    assert doubt.field == f"block:{document.blocks[-1].id}:html"


@pytest.mark.parametrize("href", ["https://", "https://a b.example/", "ftp://acme.example/a"])
def test_links_that_can_not_work_are_errors_at_their_block(href: str) -> None:
    document = add(with_link(), "button", props={"label": "Go", "href": href})
    [fault] = [check for check in checks_of(mail_of(document)) if check.level is Level.ERROR]
    assert fault.text.startswith("Button 2: ")
    assert fault.field == f"block:{document.blocks[-1].id}:href"


def test_a_button_without_link_is_told_once_by_its_block() -> None:
    for label in ("", "See the bikes"):
        document = add(with_link(), "button", props={"label": label})
        checks = checks_of(mail_of(document))
        assert not [check for check in checks if check.text.startswith("The link is")]
        assert {field for _, field in bad(checks)} <= {
            f"block:{document.blocks[-1].id}:{prop}" for prop in ("label", "href")
        }


def test_a_link_of_a_text_that_leads_nowhere_is_named_by_its_words_if_it_has_any() -> None:
    for words, said in (("here", "The link is empty. (here)"), ("", "The link is empty.")):
        html = f'<p>Look <a href="">{words}</a></p>'
        [doubt] = [
            check
            for check in checks_of(mail_of(add(with_link(), "text", props={"html": html})))
            if check.level is Level.WARN
        ]
        assert doubt.text == said


def test_words_of_the_beginning_are_doubted_until_they_are_written_over() -> None:
    document = with_link()
    heading, text = document.blocks[:2]
    mail = replace(mail_of(document), placeholders=frozenset({"Your news", "Write here."}))
    assert [(check.text, check.field) for check in checks_of(mail)[:2]] == [
        ("Heading still says “Your news”", f"block:{heading.id}:text"),
        ("Text still says “Write here.”", f"block:{text.id}:html"),
    ]
    assert may_launch(checks_of(mail))
    for block_id, props in ((heading.id, {"text": "Bikes"}), (text.id, {"html": "<p>New!</p>"})):
        document = change(document, block_id, props)
    assert bad(checks_of(replace(mail, document=document))) == []


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
