"""PostgreSQL refuses foreign rows where code forgets the filter; an unset account raises."""

import pytest
from django.db import ProgrammingError, connection
from django.db.utils import DataError, InternalError

from marketing.models import Account, Contact
from marketing.tenancy import TenancyError, every_account, use_account
from tests.making import make_contact


def test_a_query_without_an_account_raises(acme: Account) -> None:
    with pytest.raises((ProgrammingError, DataError, InternalError)):
        list(Contact.objects.all())


def test_a_forgotten_filter_shows_no_row_of_another_account(acme: Account, velo: Account) -> None:
    with use_account(acme):
        make_contact(acme, "ana@example.test")
    with use_account(velo):
        assert list(Contact.objects.all()) == []
        assert Contact.objects.update(first_name="x") == 0
        assert Contact.objects.all().delete() == (0, {})


def test_a_row_for_another_account_is_refused(acme: Account, velo: Account) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), use_account(acme):
        make_contact(velo, "ana@example.test")


def test_another_account_inside_an_open_one_raises(acme: Account, velo: Account) -> None:
    with use_account(acme), pytest.raises(TenancyError), use_account(velo):
        pass


def test_every_account_sees_all_and_ends_with_its_block(acme: Account, velo: Account) -> None:
    for account in (acme, velo):
        with use_account(account):
            make_contact(account, "ana@example.test")
    with every_account():
        assert Contact.objects.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("assent",)
