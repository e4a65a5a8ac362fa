"""How django-allauth creates users and sends its mails."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """allauth with our account model."""
