"""Contacts and segments; standing and suppression, which only the app consent writes."""

from django.db import models

from marketing.accounts.models import Account, AccountOwned
from marketing.row_security import AccountQuerySet, TenantForeignKey


class Contact(AccountOwned):
    """A person the account knows: one address per contact and account.

    `address` is what goes into RCPT TO, `address_key` what is compared, `address_hash` the keyed
    hash that standing, suppression, requests and recipients are joined on.
    """

    class Basis(models.TextChoices):
        """Why the account may write without a witnessed yes, as claimed and attested."""

        NONE = "", "None"
        EXISTING_CUSTOMER = "existing_customer", "Existing customer"
        IMPLIED = "implied", "Implied consent"

    # Without constraint and index of its own: docs/decisions/0051.
    account = models.ForeignKey(
        Account, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    address = models.CharField(max_length=320)
    address_key = models.CharField(max_length=320)
    address_hash = models.BinaryField(max_length=32)
    first_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True)  # declared, never guessed; "" unknown
    language = models.CharField(max_length=12, blank=True)
    fields = models.JSONField(default=dict)
    # Lower-cased name and address, for search (see audience/showing/search.py).
    search_text = models.CharField(max_length=700, blank=True)
    basis = models.CharField(max_length=20, choices=Basis.choices, blank=True)
    basis_evidence = models.CharField(max_length=40, blank=True)  # "order", "account", ...
    basis_attested = models.BooleanField(default=False)
    basis_until = models.DateField(null=True)  # last valid day; NULL: no end
    source = models.CharField(max_length=200, blank=True)  # "Import spring.csv, line 12"
    # Said to the person in the mail that asks them; "" says what their import says.
    known_from = models.CharField(max_length=200, blank=True, default="", db_default="")
    import_id = models.BigIntegerField(null=True)  # a plain number: imports live in consent
    # What standing says, for lists and counts only; triggers write both, the gate reads neither.
    consent = models.CharField(max_length=12, default="not_asked", db_default="not_asked")
    tracking = models.CharField(max_length=3, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "contact"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="contact_of_account"),
            models.UniqueConstraint(
                fields=["account", "address_hash"], name="contact_once_per_address"
            ),
        ]
        # Beside these the GIN index of showing/search.py, over account and search_text.
        indexes = [
            models.Index(fields=["account", "address_key"], name="contact_by_address"),
            models.Index(fields=["account", "consent", "id"], name="contact_by_consent"),
            # Nobody has chosen in most accounts: who has not is found without it.
            models.Index(
                fields=["account", "tracking", "id"],
                condition=~models.Q(tracking=""),
                name="contact_by_tracking",
            ),
            models.Index(fields=["account", "country", "id"], name="contact_by_country"),
        ]

    @property
    def name(self) -> str:
        """First and last name, or the address where there is none."""
        return f"{self.first_name} {self.last_name}".strip() or self.address


class ContactCount(models.Model):
    """How many contacts an account has of one kind; rows are deltas, a count is their sum.

    Written by triggers on contact, which also fold them. No foreign key: the last deltas of an
    account come while it is deleted.
    """

    account_id = models.BigIntegerField()
    consent = models.CharField(max_length=12)
    tracking = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    people = models.BigIntegerField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "contact_count"
        indexes = [models.Index(fields=["account_id"], name="contact_count_of_account")]


class Segment(AccountOwned):
    """A named set of contacts: everybody, a fixed list, or simple rules over fields."""

    class Kind(models.TextChoices):
        """How the members of a segment are found."""

        EVERYBODY = "everybody", "Everybody"
        FIXED = "fixed", "Fixed list"
        RULES = "rules", "Rules"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # [{"field": "country", "operator": "is", "value": "FR"}, ...]; all must hold.
    rules = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "segment"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="segment_of_account"),
            models.UniqueConstraint(fields=["account", "name"], name="segment_name_once"),
        ]


class SegmentMember(AccountOwned):
    """One contact in one fixed segment."""

    segment = models.ForeignKey(Segment, models.CASCADE, db_constraint=False, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, db_constraint=False, related_name="+")

    class Meta:
        db_table = "segment_member"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "segment", "contact"], name="segment_member_once"
            ),
            TenantForeignKey(field="segment", to="segment", name="segment_member_segment"),
            TenantForeignKey(field="contact", to="contact", name="segment_member_contact"),
        ]


class Standing(AccountOwned):
    """What an address said last, one row per account and address hash; survives the contact.

    Written in the transaction that appends to the ledger, by consent.ledger only; can be rebuilt
    from it. The gate reads this row.
    """

    class Newsletter(models.TextChoices):
        """The latest act about the newsletter; "" means no act yet."""

        NONE = "", "Not asked yet"
        AGREED = "agreed", "Agreed"
        REFUSED = "refused", "Refused"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        WITHDREW = "withdrew", "Withdrew consent"

    class Tracking(models.TextChoices):
        """The person's own choice about tracking; "" means never chosen."""

        NONE = "", "Not asked"
        YES = "yes", "Yes"
        NO = "no", "No"

    # Without constraint and index of its own: docs/decisions/0051.
    account = models.ForeignKey(
        Account, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    address_hash = models.BinaryField(max_length=32)
    newsletter = models.CharField(max_length=12, choices=Newsletter.choices, blank=True)
    newsletter_at = models.DateTimeField(null=True)
    newsletter_seq = models.BigIntegerField(null=True)  # the consent record that decided
    # True when the yes came by import with per-person proof, not witnessed here.
    newsletter_imported = models.BooleanField(default=False)
    tracking = models.CharField(max_length=3, choices=Tracking.choices, blank=True)
    tracking_at = models.DateTimeField(null=True)
    tracking_seq = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField(null=True)
    asked_campaign_id = models.BigIntegerField(null=True)
    # The strongest suppression in force, "" for none (see Suppression.Reason).
    suppressed = models.CharField(max_length=10, blank=True)
    suppressed_at = models.DateTimeField(null=True)
    # The person had everything erased and has not come back by an act of their own since: nobody
    # may store the address again.
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "standing"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "address_hash"], name="standing_once_per_address"
            )
        ]


class Suppression(AccountOwned):
    """An address that must not be mailed, and why. Lifting one reason leaves the others."""

    class Reason(models.TextChoices):
        """Why, strongest first."""

        COMPLAINT = "complaint", "Complained"
        BOUNCE = "bounce", "Address bounced"
        MEMBER = "member", "Blocked by a member"
        IMPORT = "import", "Excluded by import"

    address_hash = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "suppression"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "address_hash", "reason"], name="suppression_once_per_reason"
            )
        ]
        indexes = [
            models.Index(fields=["account", "-at", "-id"], name="suppression_newest"),
            models.Index(fields=["account", "reason", "-at", "-id"], name="suppression_of_reason"),
        ]


class SuppressionCount(models.Model):
    """How many addresses an account has suppressed for each reason. Written by triggers only."""

    pk = models.CompositePrimaryKey("account_id", "reason")
    account_id = models.BigIntegerField()
    reason = models.CharField(max_length=10)
    addresses = models.BigIntegerField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "suppression_count"
