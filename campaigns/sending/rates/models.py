"""Limits an account sets itself, warm-up plans of sender domains, what a day took, brakes."""

from django.db import models

from marketing.accounts.models import Account, AccountOwned
from marketing.row_security import AccountQuerySet

DAY = 86400


class Scope(models.TextChoices):
    """What a limit counts."""

    ACCOUNT = "account", "The whole account"
    SENDER = "sender", "One sender"
    GROUP = "group", "One receiving group"
    DOMAIN = "domain", "One sender domain"  # warm-up plans only


class SendingLimit(AccountOwned):
    """At most `mails` in any `seconds`; a whole day is the calendar day of the account.

    `name` is the sender's address or the receiving group; empty means each of them for itself.
    """

    scope = models.CharField(max_length=7, choices=Scope.choices)
    name = models.CharField(max_length=320, blank=True)
    mails = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField()

    class Meta:
        db_table = "sending_limit"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "scope", "name", "seconds"], name="sending_limit_once"
            ),
            models.CheckConstraint(
                name="sending_limit_is_one", condition=models.Q(mails__gte=1, seconds__gte=1)
            ),
        ]


class WarmUp(AccountOwned):
    """A new sender domain starts small and grows day by day, until it has reached `target`."""

    domain = models.CharField(max_length=255)
    starts_on = models.DateField()
    first_day = models.PositiveIntegerField(default=50)
    growth = models.PositiveSmallIntegerField(default=50)  # percent a day
    target = models.PositiveIntegerField(default=20_000)

    class Meta:
        db_table = "warm_up"
        constraints = [
            models.UniqueConstraint(fields=["account", "domain"], name="warm_up_once_per_domain"),
            models.CheckConstraint(
                name="warm_up_grows",
                condition=models.Q(first_day__gte=1, growth__gte=1, target__gte=1),
            ),
        ]


class SendingDay(models.Model):
    """What one day has taken of an allowance; kept in the database, where no restart loses it."""

    pk = models.CompositePrimaryKey("account_id", "day", "scope", "name")
    account_id = models.BigIntegerField()
    day = models.DateField()  # in the account's time zone
    scope = models.CharField(max_length=7, choices=Scope.choices)
    name = models.CharField(max_length=320, db_default="")
    taken = models.IntegerField(db_default=0)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "sending_day"


class Allowance(models.Model):
    """What a new account may send in a day. No row: as much as on its first day.

    Written by tracking.deliverability for clean sending; `done_at`: it is new no longer.
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="+")
    number = models.PositiveIntegerField()
    grown_on = models.DateField(null=True)  # days before this one are counted
    done_at = models.DateTimeField(null=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "allowance"


class Brake(AccountOwned):
    """While it is held no campaign of the account (or of one sender domain) runs.

    Pulled by tracking.deliverability for complaints and bounces. Only the operator lets it go
    (`manage.py release_brake`): the reputation is everybody's.
    """

    domain = models.CharField(max_length=253, blank=True)  # "": the whole account
    why = models.CharField(max_length=300)
    pulled_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)  # the operator's

    class Meta:
        db_table = "brake"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "domain"],
                condition=models.Q(released_at__isnull=True),
                name="brake_held_once",
            )
        ]
