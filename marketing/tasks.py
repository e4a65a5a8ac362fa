"""Bells of this app: mails about accounts are handed to the queue `now` by the task's name.

The task lives in a higher room, campaigns.sending: only there may a mail leave.
"""

from celery import current_app
from django.db import transaction

SEND_SYSTEM_MAIL = "campaigns.sending.send_system_mail"


def hand_over_mail(*, to: str, subject: str, text: str, html: str = "") -> None:
    """Queue one mail to a user; it leaves after the open transaction, if any, was committed."""
    mail = {"to": to, "subject": subject, "text": text, "html": html}
    transaction.on_commit(lambda: current_app.send_task(SEND_SYSTEM_MAIL, kwargs=mail, queue="now"))
