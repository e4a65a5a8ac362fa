"""Who stands behind a link: the person of a consent request, of a mail they got, of a fresh link.

A mail's link says campaign and contact. Was the contact deleted since, the mail's row still knows
the address hash; so the link works for ever, and leaving is remembered for a later import too.
"""

from dataclasses import dataclass, replace
from typing import Final

from django.db import connection
from django.utils import timezone

from consent.forms.versions import same_in
from consent.models import ConsentRequest, FreshLink, TextVersion
from marketing.models import Account, Contact, Standing
from marketing.rules.countries import default_time_zone
from marketing.signing import tokens
from marketing.tokens import Claims

_LONGEST_AGENT: Final = 400


@dataclass(frozen=True)
class Witness:
    """The circumstances of an act, for its record; `shown` is the page it was done on."""

    ip: str
    agent: str
    language: str = ""
    shown: str = ""


@dataclass(frozen=True)
class Person:
    """The person of a link. `address` is only for their own records, never for pages of a mail.

    `text` are the words of the question in `language`, which is `guessed` where the contact has
    none of their own; `fresh` is the mailed link they came by.
    """

    account: Account
    address_hash: bytes
    address: str = ""
    contact_id: int | None = None
    campaign_id: int | None = None
    country: str = ""
    language: str = ""
    request: ConsentRequest | None = None
    text: TextVersion | None = None
    fresh: FreshLink | None = None
    guessed: bool = False

    @property
    def zone(self) -> str:
        """The time zone of the person's country where it is known."""
        return default_time_zone(self.country) if self.country else self.account.time_zone


def asked_person(token: str) -> Person | None:
    """The person of a consent request's answer link, with the request; None for any other link.

    Call inside `use_account` of the token's account.
    """
    claims = tokens.read("answer", token)
    return who_was_asked(claims) if claims else None


def leaving_person(token: str, *, of_request: bool | None) -> Person | None:
    """The person of a link that may only stop things; None for any other link.

    `of_request`: True for links of a consent request, False for those of a campaign mail, None for
    both. Call inside `use_account` of the token's account.
    """
    claims = tokens.read("leave", token)
    return who_may_stop(claims, of_request=of_request) if claims else None


def who_was_asked(claims: Claims) -> Person | None:
    """As `asked_person`, from the claims of a token."""
    return _of_request(claims.account, claims.a)


def who_may_stop(claims: Claims, *, of_request: bool | None) -> Person | None:
    """As `leaving_person`, from the claims of a token."""
    if of_request not in (None, claims.campaign == 0):
        return None
    if claims.campaign == 0:
        return _of_request(claims.account, claims.contact)
    return _of_mail(claims.account, claims.campaign, claims.contact)


def who_asked_for_a_link(claims: Claims, kind: str) -> Person | None:
    """The person a fresh link was mailed to, while it works."""
    link = (
        FreshLink.objects.for_account(claims.account)
        .select_related("account")
        .filter(pk=claims.a, kind=kind, expires_at__gt=timezone.now())
        .first()
    )
    if link is None:
        return None
    known = person_of_hash(link.account, bytes(link.address_hash))
    language = link.language or known.language
    guessed = known.guessed and not link.language
    return replace(
        known, campaign_id=link.campaign_id, language=language, guessed=guessed, fresh=link
    )


def person_of_hash(account: Account, address_hash: bytes) -> Person:
    """The person of an address hash: by their request, else by the contact, else by nothing."""
    request = (
        ConsentRequest.objects.for_account(account)
        .select_related("text_version", "account")
        .filter(address_hash=address_hash)
        .first()
    )
    if request is not None:
        return _asked(request)
    contact = Contact.objects.for_account(account).filter(address_hash=address_hash).first()
    if contact is None:
        return Person(account, address_hash)
    return _known(account, contact)


def speaking(person: Person, language: str) -> Person:
    """The person reading in this language, the question's words too where they are written."""
    text = same_in(person.text, language) if person.text else None
    return replace(person, language=language, text=text, guessed=False)


def standing_of(person: Person) -> Standing:
    """What the address said last; an empty one where it never acted."""
    found = Standing.objects.for_account(person.account).filter(address_hash=person.address_hash)
    return found.first() or Standing(account=person.account, address_hash=person.address_hash)


def track_class_of(person: Person) -> str:
    """C, P or N: the stricter of the account's country and the person's (SQL track_class)."""
    account = person.account
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT track_class(%s, %s, %s)",
            [account.country, account.strict_unknown, person.country],
        )
        return str(cursor.fetchone()[0])


def witness_of(meta: dict[str, str], language: str) -> Witness:
    """From a request's META; what a stranger sends is cut to size."""
    agent = meta.get("HTTP_USER_AGENT", "")[:_LONGEST_AGENT]
    return Witness(ip=meta.get("REMOTE_ADDR", ""), agent=agent, language=language)


def _of_request(account_id: int, request_id: int) -> Person | None:
    request = (
        ConsentRequest.objects.for_account(account_id)
        .select_related("text_version", "account")
        .filter(pk=request_id)
        .first()
    )
    return _asked(request) if request else None


def _asked(request: ConsentRequest) -> Person:
    # By the hash: the contact may have been deleted and stored again since.
    contact = (
        Contact.objects.for_account(request.account_id)
        .filter(address_hash=request.address_hash)
        .first()
    )
    return Person(
        account=request.account,
        address_hash=bytes(request.address_hash),
        address=request.address or (contact.address if contact else ""),
        contact_id=contact.pk if contact else request.contact_id,
        campaign_id=request.campaign_id,
        country=contact.country if contact else "",
        language=request.text_version.language,
        request=request,
        text=request.text_version,
        guessed=contact is None or not contact.language,
    )


def _of_mail(account_id: int, campaign_id: int, contact_id: int) -> Person | None:
    account = Account.objects.filter(pk=account_id).first()
    contact = Contact.objects.for_account(account_id).filter(pk=contact_id).first()
    if account is not None and contact is not None:
        return replace(_known(account, contact), campaign_id=campaign_id)
    # The mail's own row, of a higher room, by its key: plain SQL (docs/decisions/0007).
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT address_hash FROM recipient"
            " WHERE account_id = %s AND campaign_id = %s AND contact_id = %s",
            [account_id, campaign_id, contact_id],
        )
        row = cursor.fetchone()
    if account is None or row is None:
        return None
    return Person(account, bytes(row[0]), contact_id=contact_id, campaign_id=campaign_id)


def _known(account: Account, contact: Contact) -> Person:
    return Person(
        account=account,
        address_hash=bytes(contact.address_hash),
        address=contact.address,
        contact_id=contact.pk,
        country=contact.country,
        language=contact.language,
    )
