"""Who stands behind a link: the person of a consent request, or of a mail they got.

A mail's link says campaign and contact. Was the contact deleted since, the mail's row still knows
the address hash; so the link works for ever, and leaving is remembered for a later import too.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection

from consent.models import ConsentRequest
from marketing.models import Account, Contact, Sender, Standing
from marketing.rules.countries import default_time_zone
from marketing.signing import tokens

_LONGEST_AGENT: Final = 400


@dataclass(frozen=True)
class Witness:
    """The circumstances of an act, for its record."""

    ip: str
    agent: str
    language: str = ""


@dataclass(frozen=True)
class Person:
    """The person of a link. `address` is only for their own records, never for pages of a mail."""

    account: Account
    address_hash: bytes
    address: str = ""
    contact_id: int | None = None
    campaign_id: int | None = None
    country: str = ""
    language: str = ""
    request: ConsentRequest | None = None

    @property
    def zone(self) -> str:
        """The time zone of the person's country where it is known."""
        return default_time_zone(self.country) if self.country else self.account.time_zone


def account_of(purpose: str, token: str) -> int | None:
    """The account a valid token of this purpose belongs to."""
    claims = tokens.read(purpose, token)
    return claims.account if claims else None


def asked_person(token: str) -> Person | None:
    """The person of a consent request's answer link, with the request; None for any other link.

    Call inside `use_account` of the token's account.
    """
    claims = tokens.read("answer", token)
    return _of_request(claims.account, claims.a) if claims else None


def leaving_person(token: str, *, of_request: bool | None) -> Person | None:
    """The person of a link that may only stop things; None for any other link.

    `of_request`: True for links of a consent request, False for those of a campaign mail, None for
    both. Call inside `use_account` of the token's account.
    """
    claims = tokens.read("leave", token)
    if claims is None or of_request not in (None, claims.campaign == 0):
        return None
    if claims.campaign == 0:
        return _of_request(claims.account, claims.contact)
    return _of_mail(claims.account, claims.campaign, claims.contact)


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


def contact_address(account: Account) -> str:
    """An address at which the account can be written to: its first verified sender."""
    senders = Sender.objects.for_account(account).filter(verified_at__isnull=False)
    first = senders.order_by("id").first()
    return first.address if first else ""


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
    if request is None:
        return None
    # By the hash: the contact may have been deleted and stored again since.
    contact = (
        Contact.objects.for_account(account_id).filter(address_hash=request.address_hash).first()
    )
    return Person(
        account=request.account,
        address_hash=bytes(request.address_hash),
        address=request.address,
        contact_id=contact.pk if contact else request.contact_id,
        campaign_id=request.campaign_id,
        country=contact.country if contact else "",
        language=request.text_version.language,
        request=request,
    )


def _of_mail(account_id: int, campaign_id: int, contact_id: int) -> Person | None:
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        return None
    contact = Contact.objects.for_account(account_id).filter(pk=contact_id).first()
    if contact is not None:
        return Person(
            account=account,
            address_hash=bytes(contact.address_hash),
            address=contact.address,
            contact_id=contact.pk,
            campaign_id=campaign_id,
            country=contact.country,
            language=contact.language,
        )
    # The mail's own row, of a higher room, by its key: plain SQL (docs/decisions/0007).
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT address_hash FROM recipient"
            " WHERE account_id = %s AND campaign_id = %s AND contact_id = %s",
            [account_id, campaign_id, contact_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return Person(account, bytes(row[0]), contact_id=contact_id, campaign_id=campaign_id)
