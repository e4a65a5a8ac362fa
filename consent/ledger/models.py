"""The ledger: consent records, chained per account, and the private values beside them.

The chained `body` holds no personal data: only the keyed address hash and salted hashes of
address, IP, agent and typed name. Values and salts lie in consent_private and may be deleted.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from marketing.accounts.models import Account, AccountOwned
from marketing.row_security import AccountQuerySet


class ConsentRecord(models.Model):
    """One line of the ledger. The database refuses UPDATE, DELETE and TRUNCATE."""

    class Event(models.TextChoices):
        """What happened."""

        ASKED = "asked", "Asked"
        AGREED = "agreed", "Agreed"
        REFUSED = "refused", "Refused"
        WITHDREW = "withdrew", "Withdrew"
        IMPORTED = "imported", "Imported"
        EXPIRED = "expired", "Expired"
        COMPLAINED = "complained", "Complained"
        BOUNCED = "bounced", "Bounced"
        BLOCKED = "blocked", "Blocked"
        UNBLOCKED = "unblocked", "Unblocked"

    class Purpose(models.TextChoices):
        """Two questions, two records."""

        NEWSLETTER = "newsletter", "Newsletter"
        TRACKING = "tracking", "Tracking"

    class Act(models.TextChoices):
        """How the person, or the member, did it."""

        REQUEST_MAIL = "request_mail", "Consent request accepted by the receiving server"
        BUTTON = "button", "Button on the consent page"
        BOX_TICKED = "box_ticked", "Box ticked"
        BOX_EMPTY = "box_empty", "Box left empty"
        ONE_CLICK = "one_click", "One-click unsubscribe"
        FOOTER_LINK = "footer_link", "Unsubscribe page"
        REQUEST_LINK = "request_link", "Never write to me again"
        MAILTO = "mailto", "Mail to the unsubscribe address"
        PREFERENCES = "preferences", "Your choices"
        STOP_TRACKING = "stop_tracking", "Stop tracking me"
        COME_BACK = "come_back", "Button of a fresh link to come back"
        ERASED = "erased", "Erased at the person’s wish"
        MEMBER = "member", "By a member"
        API = "api", "By the API"
        IMPORT_PROOF = "import_proof", "Import with proof for this person"
        IMPORT_CLAIM = "import_claim", "Import, claimed for the whole file"
        SERVER = "server", "Reported by a mail server"

    pk = models.CompositePrimaryKey("account_id", "seq")
    # Without constraint and index of its own: docs/decisions/0051.
    account = models.ForeignKey(
        Account, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    event = models.CharField(max_length=12, choices=Event.choices)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    act = models.CharField(max_length=16, choices=Act.choices)
    address_hash = models.BinaryField(max_length=32)
    # Plain numbers, no foreign keys: what they point to may be deleted, the record stays.
    contact_id = models.BigIntegerField(null=True)
    campaign_id = models.BigIntegerField(null=True)
    request_id = models.BigIntegerField(null=True)
    import_id = models.BigIntegerField(null=True)
    member_id = models.BigIntegerField(null=True)
    text_version_id = models.BigIntegerField(null=True)
    body = models.TextField()  # canonical text, see ledger/chain.py
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "consent_record"
        indexes = [
            models.Index(
                fields=["account", "address_hash", "-seq"], name="consent_record_of_address"
            ),
            models.Index(fields=["account", "event", "-seq"], name="consent_record_of_event"),
            # Few rows of many: who left or complained by a campaign.
            models.Index(
                fields=["account", "campaign_id", "event", "contact_id"],
                condition=models.Q(campaign_id__isnull=False, event__in=["withdrew", "complained"]),
                name="consent_record_left_by",
            ),
            # Imported records, of which there may be millions, were shown no text of ours.
            models.Index(
                fields=["account", "text_version_id", "-seq"],
                condition=models.Q(text_version_id__isnull=False),
                name="consent_record_of_text",
            ),
            models.Index(
                fields=["account", "-seq"],
                condition=models.Q(purpose="tracking"),
                name="consent_record_tracking",
            ),
            # Records lie in the order of their days: a few pages say which parts to read.
            BrinIndex(fields=["at"], name="consent_record_days", autosummarize=True),
        ]


class ConsentCount(models.Model):
    """How many records of one kind an account has. Written by a trigger on consent_record only."""

    pk = models.CompositePrimaryKey("account_id", "event", "purpose", "text_version_id")
    account_id = models.BigIntegerField()
    event = models.CharField(max_length=12)
    purpose = models.CharField(max_length=12)
    text_version_id = models.BigIntegerField()  # 0: no text was shown
    records = models.BigIntegerField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "consent_count"


class ConsentDay(models.Model):
    """The same per day (UTC), with the first of them. Written by the same trigger only."""

    pk = models.CompositePrimaryKey("account_id", "day", "event", "purpose", "text_version_id")
    account_id = models.BigIntegerField()
    day = models.DateField()
    event = models.CharField(max_length=12)
    purpose = models.CharField(max_length=12)
    text_version_id = models.BigIntegerField()  # 0: no text was shown
    records = models.BigIntegerField()
    first_seq = models.BigIntegerField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "consent_day"


class LeavingCount(models.Model):
    """People who left or complained by a campaign's mail, each once. Written by a trigger only.

    Who left from a consent request did not leave by the mail: such records name the request.
    """

    pk = models.CompositePrimaryKey("account_id", "campaign_id", "event")
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    event = models.CharField(max_length=12)  # withdrew (the newsletter), complained
    people = models.IntegerField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "leaving_count"


class ConsentPrivate(models.Model):
    """One personal value of a record with its salt: sha256(salt || value) is in the body.

    Erasing empties value and salt and says when (`deleted_at`); the chain keeps its hash.
    """

    class Kind(models.TextChoices):
        """Which value."""

        ADDRESS = "address", "Address"
        IP = "ip", "IP address"
        AGENT = "agent", "Agent"
        NAME = "name", "Name"
        SOURCE = "source", "Where from"
        REPLY = "reply", "Server replied"
        PROOF = "proof", "Text they agreed to elsewhere"
        MAIL = "mail", "What this person’s request mail said beside its words"

    pk = models.CompositePrimaryKey("account_id", "seq", "kind")
    account = models.ForeignKey(
        Account, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    salt = models.BinaryField(max_length=16)
    value = models.TextField()
    deleted_at = models.DateTimeField(null=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "consent_private"
        indexes = [
            # What goes after 12 months, without a look at the millions of addresses beside it.
            models.Index(
                fields=["account", "seq"],
                condition=models.Q(kind__in=["ip", "agent"], deleted_at=None),
                name="consent_private_of_machines",
            )
        ]


class Shown(models.Model):
    """What was shown to people, once per content: a page, or a request mail, without any person.

    Gaps like `⟦address⟧` stand where each person's own value was (ledger/shown.py). A record names
    its `hash`, SHA-256 of the content in hex. The database refuses UPDATE, DELETE and TRUNCATE.
    """

    class Kind(models.TextChoices):
        """What it is."""

        PAGE = "page", "Page"
        MAIL = "mail", "Mail"

    pk = models.CompositePrimaryKey("account_id", "hash")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    hash = models.CharField(max_length=64)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    content = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "shown"


class ChainCheck(AccountOwned):
    """One look at the whole chain. The copied head lets a later look notice a rebuilt chain."""

    checked_at = models.DateTimeField()
    records = models.BigIntegerField()
    head = models.BinaryField(max_length=32)
    bad_seq = models.BigIntegerField(null=True)  # the first record that does not fit; NULL: intact
    # Addresses whose standing is not what the ledger says; NULL: not compared (nightly it is).
    standing_off = models.IntegerField(null=True)

    class Meta:
        db_table = "chain_check"
        indexes = [models.Index(fields=["account", "-id"], name="chain_check_newest")]
