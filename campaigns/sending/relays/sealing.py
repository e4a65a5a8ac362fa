"""The passwords and keys of accounts' own relays, sealed (marketing.sealing)."""

from typing import Final

from marketing import sealing
from marketing.sealing import NoKey, NotOpened, may_seal

__all__ = ["NoKey", "NotOpened", "may_seal", "seal", "unseal"]

_PURPOSE: Final = "own_relay"


def seal(account_id: int, text: str) -> bytes:
    """Raises NoKey."""
    return sealing.seal(_PURPOSE, account_id, text)


def unseal(account_id: int, sealed: bytes) -> str:
    """Raises NotOpened."""
    return sealing.unseal(_PURPOSE, account_id, sealed)
