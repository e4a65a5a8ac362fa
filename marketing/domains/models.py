"""A domain an account sends from, and the pairs of DKIM keys made for it."""

from django.db import models

from marketing.accounts.models import AccountOwned
from marketing.audience.domains import readable
from marketing.row_security import TenantForeignKey


class SenderDomain(AccountOwned):
    """Verified while ownership, one pair of keys and the Return-Path stand in the DNS."""

    domain = models.CharField(max_length=253)  # A-labels, lower case
    challenge = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)  # when somebody pressed "Check now"
    verified_at = models.DateTimeField(null=True)
    # purpose -> {"state": State, "found": [texts]}; what nobody could check keeps its last state
    found = models.JSONField(default=dict)
    dmarc_policy = models.CharField(max_length=10, blank=True)
    dmarc_at = models.CharField(max_length=253, blank=True)  # the name that publishes it
    spf_lookups = models.PositiveSmallIntegerField(default=0)
    spf_faults = models.CharField(max_length=200, blank=True)  # spf.Fault, by blanks
    aligned = models.BooleanField(null=True)  # Return-Path and From belong together

    class Meta:
        db_table = "sender_domain"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="sender_domain_of_account"),
            models.UniqueConstraint(fields=["account", "domain"], name="sender_domain_once"),
        ]

    def __str__(self) -> str:
        return self.domain

    @property
    def shown(self) -> str:
        """For eyes; DNS and mail have `domain`."""
        return readable(self.domain)


class DomainKey(AccountOwned):
    """An RSA and an Ed25519 key under two selectors; private halves are sealed.

    Waits until both records are seen, then signs from `active_at` on; after its successor took
    over it stays published for a week, so that mail under way can still be checked.
    """

    domain = models.ForeignKey(
        SenderDomain, models.CASCADE, db_constraint=False, related_name="keys"
    )
    number = models.PositiveSmallIntegerField()  # of the selector
    rsa_sealed = models.BinaryField()
    ed25519_sealed = models.BinaryField()
    rsa_record = models.CharField(max_length=600)
    ed25519_record = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    active_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "domain_key"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "domain", "number"], name="domain_key_once_per_number"
            ),
            TenantForeignKey(field="domain", to="sender_domain", name="domain_key_domain"),
        ]

    @property
    def selectors(self) -> tuple[str, str]:
        """Of the RSA key and of the Ed25519 key."""
        return f"assent{self.number}", f"assent{self.number}e"
