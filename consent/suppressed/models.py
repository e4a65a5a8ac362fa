"""One file of addresses that must not be mailed, and how far it is."""

from django.db import models

from marketing.accounts.models import AccountOwned, Member


class SuppressionImport(AccountOwned):
    """A file of addresses to suppress; `position` resumes it after a kill."""

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"

    file_name = models.CharField(max_length=200)
    content = models.BinaryField()  # as CSV; deleted when the import has ended
    source = models.CharField(max_length=200)  # where the list comes from, in words
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    position = models.PositiveIntegerField(default=0)  # rows done so far
    rows = models.PositiveIntegerField()
    added = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)  # were suppressed by an import before
    errors = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=list)  # the first rows that could not be read
    made_at = models.DateTimeField(auto_now_add=True)
    # The last batch was stored; silent for a minute while running: rung again by beat.
    advanced_at = models.DateTimeField()

    class Meta:
        db_table = "suppression_import"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="suppression_import_of_account")
        ]

    @property
    def is_running(self) -> bool:
        """Whether rows are still to come."""
        return self.state == self.State.RUNNING
