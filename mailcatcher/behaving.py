"""How the catcher answers on the wire: it takes everything unless it was told to refuse or wait."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

STAGES = ("rcpt", "data")
TEXTS = {451: "Try again later", 450: "Mailbox busy", 550: "No such mailbox", 552: "Mailbox full"}


class Unusable(ValueError):
    """A behaviour that cannot be followed; the text says what is wrong."""


@dataclass
class Rule:
    """Refuses the recipients that match `to`, `times` times; code 0 drops the connection."""

    to: str
    code: int
    text: str = ""
    stage: str = "rcpt"
    times: int | None = None

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise Unusable(f"stage is {' or '.join(STAGES)}, not {self.stage!r}")
        if not (isinstance(self.code, int) and (self.code == 0 or 400 <= self.code <= 599)):
            raise Unusable(f"code is 0 or from 400 to 599, not {self.code!r}")
        if any(ord(letter) < 32 for letter in self.text):
            raise Unusable("text is one line")

    @property
    def reply(self) -> str:
        return f"{self.code} {self.text or TEXTS.get(self.code, 'Refused')}"

    def applies(self, stage: str, recipients: Iterable[str]) -> bool:
        """Whether it says no here; a limited rule is used up by that."""
        if self.stage != stage or self.times == 0:
            return False
        if not any(fnmatchcase(one.lower(), self.to.lower()) for one in recipients):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class Behaviour:
    """The rules in their order, the first that applies decides; seconds before each reply."""

    rules: list[Rule] = field(default_factory=list)
    delay: float = 0.0

    @classmethod
    def read(cls, given: Any) -> "Behaviour":
        """From JSON: {"rules": [{"to": "*@full.example", "code": 552}], "delay": 0.05}."""
        if not isinstance(given, dict) or not set(given) <= {"rules", "delay"}:
            raise Unusable("a behaviour is an object with rules and delay")
        try:
            rules = [Rule(**rule) for rule in given.get("rules", [])]
            return cls(rules, float(given.get("delay", 0)))
        except (TypeError, ValueError) as error:
            raise Unusable(str(error)) from error

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def objection(self, stage: str, recipients: Iterable[str]) -> Rule | None:
        """The rule that says no to these recipients at this stage, if any."""
        everyone = list(recipients)
        return next((rule for rule in self.rules if rule.applies(stage, everyone)), None)
