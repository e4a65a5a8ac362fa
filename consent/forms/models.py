"""Consent forms and their text versions. A version is never changed: a trigger refuses it."""

from django.db import models

from marketing.accounts.models import AccountOwned
from marketing.row_security import TenantForeignKey


class ConsentForm(AccountOwned):
    """A named form; the standard one is made when an account first needs it."""

    name = models.CharField(max_length=120)
    is_standard = models.BooleanField(default=False)
    put_away_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "consent_form"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="consent_form_of_account"),
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(is_standard=True),
                name="consent_form_one_standard",
            ),
        ]


class TextVersion(AccountOwned):
    """The words of one form, one version number, one language, as they are shown."""

    form = models.ForeignKey(
        ConsentForm, models.CASCADE, db_constraint=False, related_name="versions"
    )
    number = models.PositiveIntegerField()
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=200)
    question = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    yes = models.CharField(max_length=80)
    no = models.CharField(max_length=80)
    tracking_question = models.CharField(max_length=300, blank=True)
    hash = models.CharField(max_length=64)  # SHA-256 of the canonical text, hex
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "text_version"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="text_version_of_account"),
            models.UniqueConstraint(
                fields=["account", "form", "number", "language"], name="text_version_once"
            ),
            TenantForeignKey(
                field="form", to="consent_form", name="text_version_form", on_delete="RESTRICT"
            ),
        ]
