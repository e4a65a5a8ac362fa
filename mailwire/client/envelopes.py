"""The commands that announce one letter to a server, and the letters a server can not take."""

from mailwire.client.letters import Letter, check_address
from mailwire.client.replies import Features
from mailwire.outcomes import Kind, Outcome, Stage, outcome_of


def unfit(letter: Letter, features: Features) -> Outcome | None:
    """Why a letter can not go by a server that offers these features; None: it can."""
    try:
        check_address(letter.sender)
        check_address(letter.recipient)
    except ValueError as error:
        return Outcome(kind=Kind.REFUSED_ADDRESS, code=553, text=f"5.1.3 {error}", stage=Stage.RCPT)
    size = len(letter.octets)
    if 0 < features.size < size:
        text = f"5.3.4 The relay takes at most {features.size} octets"
        return outcome_of(552, text, Stage.RCPT)
    if not features.smtputf8 and not _is_ascii(letter):
        text = "5.6.7 The address needs SMTPUTF8, which the relay does not offer"
        kind = Kind.REFUSED_ADDRESS
        return Outcome(kind=kind, code=553, status="5.6.7", text=text, stage=Stage.RCPT)
    if not features.eight_bit and not letter.octets.isascii():
        return outcome_of(554, "5.6.3 The relay does not offer 8BITMIME", Stage.RCPT)
    return None


def commands_of(letter: Letter, features: Features) -> tuple[bytes, bytes]:
    """MAIL and RCPT for a letter that is not `unfit`."""
    mail = f"MAIL FROM:<{letter.sender}>{_options(letter, features)}\r\n".encode()
    return mail, f"RCPT TO:<{letter.recipient}>\r\n".encode()


def _options(letter: Letter, features: Features) -> str:
    options = f" SIZE={len(letter.octets)}" if features.announces_size else ""
    if not letter.octets.isascii():
        options += " BODY=8BITMIME"
    return options if _is_ascii(letter) else options + " SMTPUTF8"


def _is_ascii(letter: Letter) -> bool:
    return letter.recipient.isascii() and letter.sender.isascii()
