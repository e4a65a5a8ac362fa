"""The poller beside a connection that broke in whatever way: it waits, and its process lives on."""

import threading
from typing import Any

import pytest
from django.db import InterfaceError, connection

from tracking.inbound.mailbox.polling import poll_when_due


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_closed_meanwhile_makes_the_mailbox_wait(settings: Any) -> None:
    settings.INBOUND_IMAP_URL = "imaps://bounces:secret@mail.example/INBOX"

    def closed(execute: Any, sql: str, *rest: Any) -> Any:
        if "inbound_mailbox" in sql:
            raise InterfaceError("connection already closed")
        return execute(sql, *rest)

    with connection.execute_wrapper(closed):
        assert poll_when_due(threading.Event()) == 0
