"""The token maker of the web application and the workers, and the links in mails it signs.

The tracking endpoint makes its own instance from the same setting (it knows no Django).
"""

from django.conf import settings

from marketing.tokens import Tokens

tokens = Tokens.from_setting(settings.TOKEN_KEY)


def answer_url(account_id: int, request_id: int) -> str:
    """The page on which a person answers one consent request."""
    return f"{settings.SITE_URL}/c/{tokens.make('answer', account_id, request_id)}"


def request_leave_url(account_id: int, request_id: int) -> str:
    """'Never write to me again' of a consent request: page, and RFC 8058 POST.

    A token of its own (campaign 0), so that the header of the mail can stop but never agree.
    """
    return f"{settings.SITE_URL}/r/{tokens.make('leave', account_id, 0, request_id)}"


def leave_url(account_id: int, campaign_id: int, contact_id: int) -> str:
    """The unsubscribe page of a campaign mail, also the URI of its List-Unsubscribe header."""
    return leave_page(tokens.make("leave", account_id, campaign_id, contact_id))


def choices_url(account_id: int, campaign_id: int, contact_id: int) -> str:
    """'Your choices' of a campaign mail; with campaign 0, of the consent request `contact_id`."""
    return choices_page(tokens.make("leave", account_id, campaign_id, contact_id))


def leave_page(leave_token: str) -> str:
    """The unsubscribe page, where the token is known already."""
    return f"{settings.SITE_URL}/u/{leave_token}"


def choices_page(leave_token: str) -> str:
    """'Your choices', by the same token."""
    return f"{settings.SITE_URL}/p/{leave_token}"
