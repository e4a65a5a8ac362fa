"""Users, accounts, members: global tables. The audit log belongs to an account."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from marketing.accounts.initials import initials_of
from marketing.row_security import AccountQuerySet
from marketing.rules.countries import country_name


class UserManager(BaseUserManager["User"]):
    """Users are known by their work email, compared in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store a user; the address is lower-cased so that a login works in any case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Log in in any case."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person who logs in. Rights come from memberships only."""

    email = models.EmailField("work email", max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        db_table = "user_account"

    @property
    def display_name(self) -> str:
        """The name, or the part of the address before the at sign."""
        return self.name or self.email.partition("@")[0]

    @property
    def called(self) -> str:
        """The first word of the name, to be greeted by."""
        return self.display_name.partition(" ")[0]

    @property
    def initials(self) -> str:
        """Two letters for the round mark."""
        return initials_of(self.display_name)


class Account(models.Model):
    """A company that sends. Everything else belongs to exactly one account."""

    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64, default="UTC")
    postal_address = models.CharField(max_length=300, blank=True)
    tracking = models.BooleanField("email and link tracking")
    consent = models.BooleanField("consent to receive newsletters")
    # A plain number: forms live in a higher room. NULL means the standard form.
    consent_form_id = models.BigIntegerField(null=True, blank=True)
    # How long what proves a consent is kept after its end; 12 to 72 (law reference, 2.4).
    proof_months = models.PositiveSmallIntegerField(default=36, db_default=36)
    sending_from = models.TimeField(null=True, blank=True)
    sending_until = models.TimeField(null=True, blank=True)
    # Has, or ever had, a contact in a class C country: then a contact without a country is
    # treated as class C, locked, no basis accepted (product 2). Set when a contact is stored.
    strict_unknown = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # What the setup card on Home remembers; the campaign's moment is written by its own room.
    form_looked_at = models.DateTimeField(null=True, blank=True)
    first_campaign_at = models.DateTimeField(null=True, blank=True)
    setup_hidden_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "account"
        constraints = [
            models.CheckConstraint(
                name="account_keeps_proof_12_to_72_months",
                condition=models.Q(proof_months__gte=12, proof_months__lte=72),
            ),
            models.CheckConstraint(
                name="account_sending_hours_both_or_none",
                condition=models.Q(sending_from__isnull=True, sending_until__isnull=True)
                | models.Q(sending_from__isnull=False, sending_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for the round mark."""
        return initials_of(self.name)

    def get_country_name(self) -> str:
        """The country in English."""
        return country_name(self.country)


class Role(models.TextChoices):
    """Roles, weakest first; what each may do is the table in marketing/access.py."""

    VIEWER = "viewer", "Viewer"
    EDITOR = "editor", "Editor"
    ADMIN = "admin", "Admin"
    OWNER = "owner", "Owner"


class Member(models.Model):
    """A user in an account, with a role."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, models.CASCADE, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "member"
        constraints = [
            models.UniqueConstraint(fields=["account", "user"], name="member_once_per_account")
        ]


class AccountOwned(models.Model):
    """Base of every tenant table: one account, row security, a visible filter."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")

    objects = AccountQuerySet.as_manager()

    class Meta:
        abstract = True


class AuditLine(AccountOwned):
    """Who changed what, when, from what, to what. Written by auditing.record, never changed."""

    at = models.DateTimeField(auto_now_add=True)
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=254)  # as it read then; members leave
    act = models.CharField(max_length=60)  # "settings.changed", "lock.forced", "campaign.launched"
    subject = models.CharField(max_length=200)
    before = models.CharField(max_length=500, blank=True)
    after = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "audit_line"
        indexes = [models.Index(fields=["account", "-id"], name="audit_line_newest")]


class Invitation(AccountOwned):
    """A colleague who was mailed a signed link and has not come yet; accepting deletes the row."""

    email = models.EmailField(max_length=254)  # lower case, as users have it
    role = models.CharField(max_length=10, choices=Role.choices)
    invited_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        db_table = "invitation"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="invitation_of_account"),
            models.UniqueConstraint(fields=["account", "email"], name="invitation_once_per_email"),
        ]


class Logo(AccountOwned):
    """The account's picture, re-encoded as PNG by marketing.accounts.logos; at most one."""

    png = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "logo"
        constraints = [models.UniqueConstraint(fields=["account"], name="logo_one_per_account")]
