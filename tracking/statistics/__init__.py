"""Statistics page and Recipients tab: frozen dataclasses that the pages show."""
