"""Registers the app marketing."""

from django.apps import AppConfig


class MarketingConfig(AppConfig):
    name = "marketing"
