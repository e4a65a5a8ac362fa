"""Registers the app tracking, and how it answers consent's pages about what was measured."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "tracking"

    def ready(self) -> None:
        """The way up of architecture 2: a higher room registers itself with a lower one."""
        from consent import measured
        from tracking.keeping.erasing import erase_measured
        from tracking.keeping.recorded import recorded_about

        measured.register("tracking", recorded_about, erase_measured)
