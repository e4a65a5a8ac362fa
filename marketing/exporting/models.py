"""One export: who asked for what, how far it is, where its file lies."""

from django.db import models

from marketing.accounts.models import AccountOwned, Member


class Export(AccountOwned):
    """A file that a task of the room named by `task` makes from `params`; kept for a week."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Expired"
        TAKEN_BACK = "taken_back", "Taken back"  # somebody in it had their data erased

    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=200)  # "Contacts", "Recipients of Winter bikes"
    right = models.CharField(max_length=30)  # who may fetch the file, see marketing.access
    task = models.CharField(max_length=80)  # name of the Celery task that makes it
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rows = models.PositiveIntegerField(default=0)  # written so far
    path = models.CharField(max_length=200, blank=True)  # below STATE_DIR/exports
    made_at = models.DateTimeField(auto_now_add=True)
    advanced_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "export"
        constraints = [models.UniqueConstraint(fields=["account", "id"], name="export_of_account")]

    @property
    def is_running(self) -> bool:
        """Whether rows are still to come."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def ending(self) -> str:
        """csv, or xlsx where that was asked for."""
        if self.path:
            return self.path.rpartition(".")[2]
        return "xlsx" if self.params.get("format") == "xlsx" else "csv"

    @property
    def file_name(self) -> str:
        """The name a browser saves it under."""
        words = "".join(c if c.isalnum() else "-" for c in self.title.lower()).strip("-")
        return f"{words or 'export'}-{self.made_at:%Y-%m-%d}.{self.ending}"
