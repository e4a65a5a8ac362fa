"""Registers the app campaigns, and its receiver of changed standings."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        """Connect the one signal this app receives."""
        from campaigns.launching import handlers
        from consent.signals import standing_changed

        standing_changed.connect(
            handlers.standing_changed, dispatch_uid="campaigns.launching.waiting"
        )
