"""Registers the app tracking."""

from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "tracking"
