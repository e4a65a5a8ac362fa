"""What a new version of the rules makes true about accounts on its day, set once a day.

An account that has a contact in a country that is class C from today on treats contacts without a
country as strict, as if that contact were stored today (product 2).
"""

from django.db.models import Sum

from marketing.audience.contacts import note_countries
from marketing.models import Account, ContactCount
from marketing.tenancy import no_account, use_account


def notice_everywhere() -> int:
    """Look at every account that is not strict yet; how many became so."""
    with no_account():
        accounts = list(Account.objects.filter(strict_unknown=False).order_by("pk"))
    return sum(_notice(account) for account in accounts)


def _notice(account: Account) -> bool:
    with use_account(account):
        rows = ContactCount.objects.for_account(account).values_list("country")
        people = dict(rows.annotate(many=Sum("people")).order_by().filter(many__gt=0))
        note_countries(account, sorted(people))
    return account.strict_unknown
