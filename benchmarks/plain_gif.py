"""The tracking endpoint's reference where nginx is missing: granian serves the GIF, no more."""

from typing import Any

from tracking.endpoint.answers import GIF, GIF_HEADERS


class Plain:
    """Answers every request with the picture; stores nothing."""

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        protocol.response_bytes(200, GIF_HEADERS, GIF)


application = Plain()
