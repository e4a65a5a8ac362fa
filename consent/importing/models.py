"""One import: the file, what was claimed for it, and how far it is."""

from django.db import models

from marketing.accounts.models import AccountOwned, Member


class Import(AccountOwned):
    """A file of contacts with the basis claimed for it; `position` resumes it after a kill."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "Draft"
        HELD = "held", "Held"  # until the operator releases it, see importing/holding.py
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"

    file_name = models.CharField(max_length=200)
    content = models.BinaryField()  # at most 25 MB; deleted when the import has finished
    encoding = models.CharField(max_length=40, blank=True)
    separator = models.CharField(max_length=1, blank=True)
    # [[column, field], ...] in the order of the file, "" for a column without a name.
    mapping = models.JSONField(default=list)
    source = models.CharField(max_length=300, blank=True)
    # Said to the people in the mail that asks them, see consent.asking.why.
    known_from = models.CharField(max_length=200, blank=True, default="", db_default="")
    basis = models.CharField(max_length=20, blank=True)
    basis_evidence = models.CharField(max_length=40, blank=True)
    basis_until = models.DateField(null=True)
    collected_from = models.DateField(null=True)
    collected_until = models.DateField(null=True)
    attested = models.BooleanField(default=False)
    skip_bad_rows = models.BooleanField(default=True)
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    stop_code = models.CharField(max_length=40, blank=True)
    position = models.PositiveIntegerField(default=0)  # records stored so far
    rows = models.PositiveIntegerField(null=True)
    created = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    kept_out = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=list)  # the first 1,000 rows with something to say
    made_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    # The last batch was stored; silent for a minute while running: rung again by beat.
    advanced_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # By the operator, where it was held; the note is theirs.
    released_at = models.DateTimeField(null=True)
    release_note = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "contact_import"
        constraints = [models.UniqueConstraint(fields=["account", "id"], name="import_of_account")]

    @property
    def columns(self) -> dict[str, str]:
        """Column -> field, in the order of the file; columns without a name left out."""
        return {name: field for name, field in self.mapping if name}

    @property
    def is_running(self) -> bool:
        """Whether rows are still to come."""
        return self.state in (self.State.WAITING, self.State.RUNNING)
