"""Blocks and frame become the HTML and text templates of a newsletter.

Our own MJML only is compiled (mrml checks and sanitises nothing, and deep nesting kills the
process): every property is escaped here, merge tags travel as opaque tokens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import mrml

from campaigns.composing.blocks import Block, Document
from campaigns.composing.framing import Frame, only_if_given
from campaigns.composing.links import OPT_OUT, LinkFound, links_in, rewrite, with_targets_changed
from campaigns.composing.markup import encoded, printable
from campaigns.composing.rich import cleaned_rich_text
from campaigns.composing.tags import Hidden, guarded_url, literal
from campaigns.composing.targets import Action, decide
from campaigns.composing.texts import text_of

_FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
_SIZES = {"1": "28px", "2": "22px", "3": "18px"}
_BUTTON = "#1f5fbf"
_DARK_RULES = """
.mail-page, .mail-page > table { background-color: #16181d !important; }
.mail-sheet, .mail-sheet > table { background-color: #1f2229 !important; }
.mail-words div, .mail-words h1, .mail-words h2, .mail-words h3 { color: #e7e9ee !important; }
.mail-words a { color: #9cc2ff !important; }
.mail-small div, .mail-small a { color: #aab0bc !important; }
"""


@dataclass(frozen=True)
class MailTemplate:
    """Both parts of a newsletter, merge tags unfilled, and its links.

    With tracked clicks the parts lead through our redirect; `links` holds the authors' targets.
    """

    html: str
    text: str
    links: tuple[LinkFound, ...]


def mail_template(
    document: Document,
    frame: Frame,
    *,
    url_for: Callable[[int], str] | None = None,
    own_hosts: frozenset[str] = frozenset(),
    mark: Callable[[str], str] = str,
) -> MailTemplate:
    """Compile a newsletter. `url_for` gives the redirect's URL of a link number; None tracks none.

    It may return merge tags of ours, as `{{ links_url }}/3`. Without it every link stays byte
    for byte as the author wrote it, in both parts, but for what `mark` makes of its address.
    """
    html = with_targets_changed(html_of(document, frame), mark, own_hosts=own_hosts)
    links = links_in(html, own_hosts=own_hosts)

    def marked(href: str) -> str:
        is_ours = decide(href, own_hosts=own_hosts).action is Action.REWRITE
        return guarded_url(mark(href) if is_ours else href)

    if url_for is None:
        return MailTemplate(html, text_of(document, frame, marked), tuple(links))
    numbers = {link.target: link.number for link in links if link.number is not None}

    def tracked(href: str) -> str:
        number = numbers.get(decide(mark(href), own_hosts=own_hosts).target)
        return marked(href) if number is None else url_for(number)

    return MailTemplate(
        rewrite(html, url_for, own_hosts=own_hosts),
        text_of(document, frame, tracked),
        tuple(links),
    )


def html_of(document: Document, frame: Frame) -> str:
    """The HTML template with the footer, links as written, for merging.html_template."""
    hidden = Hidden()
    source = "".join(
        [
            f'<mjml lang="{encoded(frame.language)}" dir="{frame.direction}">',
            _head(frame, hidden),
            '<mj-body width="600px" background-color="#f4f5f7" css-class="mail-page">',
            _pixel(hidden),
            '<mj-section background-color="#ffffff" css-class="mail-sheet"><mj-column>',
            *(_block(block, frame, hidden) for block in document.blocks),
            "</mj-column></mj-section>",
            _footer(frame, hidden),
            "</mj-body></mjml>",
        ]
    )
    return hidden.shown(_compiled(source))


def _compiled(mjml: str) -> str:
    # fonts={}: MJML's default would make every opened mail fetch a font from a foreign host.
    options = mrml.RenderOptions(fonts={})
    return str(mrml.to_html(printable(mjml), render_options=options).content)


def _head(frame: Frame, hidden: Hidden) -> str:
    rules = _DARK_RULES
    if not frame.forces_dark:
        rules = f"@media (prefers-color-scheme: dark) {{{_DARK_RULES}}}"
    return (
        "<mj-head>"
        f"<mj-title>{_safe(frame.subject, hidden)}</mj-title>"
        f"<mj-preview>{_safe(frame.preheader, hidden)}</mj-preview>"
        f'<mj-attributes><mj-all font-family="{_FONT}" />'
        f'<mj-section direction="{frame.direction}" /><mj-column direction="{frame.direction}" />'
        f'<mj-text font-size="16px" line-height="1.5" color="#1d2129"'
        f' align="{frame.side("start")}" /></mj-attributes>'
        '<mj-raw><meta name="color-scheme" content="light dark" /></mj-raw>'
        f"<mj-style>{rules}</mj-style></mj-head>"
    )


def _pixel(hidden: Hidden) -> str:
    """Near the top, where clipping never cuts it off; not hidden by a style."""
    picture = '<img src="{{ pixel_url }}" width="1" height="1" alt="" style="border:0" />'
    return f"<mj-raw>{hidden.hide(only_if_given('pixel_url', picture))}</mj-raw>"


def _block(block: Block, frame: Frame, hidden: Hidden) -> str:
    props = {name: _safe(value, hidden) for name, value in block.props.items()}
    side = frame.side(props.get("align", "center"))
    match block.type:
        case "heading":
            level = block.props["level"]
            return (
                f'<mj-text css-class="mail-words" align="{side}" line-height="1.25"'
                f' font-size="{_SIZES[level]}" font-weight="700">'
                f'<h{level} style="margin:0;font-size:inherit">{props["text"]}</h{level}></mj-text>'
            )
        case "text":
            return f'<mj-text css-class="mail-words">{_rich(block, hidden)}</mj-text>'
        case "picture":
            href = f' href="{_href(block, hidden)}"' if props["href"] else ""
            return f'<mj-image src="{props["src"]}" alt="{props["alt"]}"{href} />'
        case "button":
            return (
                f'<mj-button href="{_href(block, hidden)}" align="{side}" font-size="16px"'
                f' background-color="{_BUTTON}" border-radius="6px">{props["label"]}</mj-button>'
            )
    return '<mj-divider border-width="1px" border-color="#d5d9e0" />'


def _href(block: Block, hidden: Hidden) -> str:
    """The value of a href; MJML knows no mark on a link, so it travels inside the address."""
    mark = hidden.hide_whole(f'" {OPT_OUT}="off') if block.props["track"] else ""
    return _safe(block.props["href"], hidden) + mark


def _rich(block: Block, hidden: Hidden) -> str:
    # Cleaned again: mrml would pass on whatever got into the stored document. The sanitiser
    # writes <br>, which is an error in XML.
    clean = cleaned_rich_text(block.props["html"])
    return hidden.hide(clean).replace("<br>", "<br />")


def _footer(frame: Frame, hidden: Hidden) -> str:
    sender = f"{frame.company}, {frame.postal_address}"
    links = " &middot; ".join(_small_link(*link) for link in frame.footer_links)
    tracking = f" &middot; {_small_link(*frame.tracking_link)}"
    links += only_if_given("stop_tracking_url", tracking)
    return (
        '<mj-section><mj-column><mj-text css-class="mail-small" align="center" font-size="13px"'
        f' color="#5b6472">{_safe(frame.why, hidden)}<br />'
        f"{_safe(literal(sender), hidden)}<br />{hidden.hide(links)}"
        "</mj-text></mj-column></mj-section>"
    )


def _small_link(words: str, url: str) -> str:
    return f'<a href="{url}" style="color:#5b6472">{escape(words)}</a>'


def _safe(text: str, hidden: Hidden) -> str:
    """Escaped for MJML, in text and in attributes, with its merge tags as tokens."""
    return escape(hidden.hide(text))
