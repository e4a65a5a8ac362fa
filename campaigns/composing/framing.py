"""What every newsletter says beside its blocks: who sends, why, and how to make it stop."""

from dataclasses import dataclass

from campaigns.composing.tags import literal

_RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ku", "ps", "ur", "yi"}


@dataclass(frozen=True)
class FooterWords:
    """The words of the links that stand in every footer."""

    unsubscribe: str
    choices: str
    stop_tracking: str


_WORDS = {
    "en": FooterWords("Unsubscribe", "Your choices", "Stop tracking me"),
    "de": FooterWords("Abmelden", "Ihre Auswahl", "Nicht mehr messen"),
    "es": FooterWords("Darse de baja", "Sus preferencias", "Dejar de medirme"),
    "fr": FooterWords("Se d\u00e9sabonner", "Vos choix", "Ne plus me mesurer"),
    "it": FooterWords("Annulla iscrizione", "Le tue scelte", "Non misurarmi pi\u00f9"),
    "nl": FooterWords("Afmelden", "Uw keuzes", "Meet mij niet meer"),
    "pl": FooterWords("Wypisz si\u0119", "Twoje wybory", "Nie mierz mnie"),
    "pt": FooterWords("Cancelar inscri\u00e7\u00e3o", "As suas escolhas", "Parar de medir"),
}


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The frame of one newsletter. Subject and preheader may hold merge tags, the rest never.

    `reason` says why the person gets this mail, `agreed` in its place, followed by the day, to whom
    the ledger has a yes of. `forces_dark` is for the dark preview.
    One template serves tracked and untracked people: the picture and the link that stops
    tracking appear for whom `pixel_url` and `stop_tracking_url` are given.
    """

    company: str
    postal_address: str
    reason: str
    agreed: str = ""
    subject: str = ""
    preheader: str = ""
    language: str = "en"
    forces_dark: bool = False

    @property
    def direction(self) -> str:
        return "rtl" if self._primary in _RIGHT_TO_LEFT else "ltr"

    def side(self, alignment: str) -> str:
        """Left, center or right for start, center or end."""
        sides = ("left", "right") if self.direction == "ltr" else ("right", "left")
        return {"start": sides[0], "end": sides[1]}.get(alignment, "center")

    @property
    def words(self) -> FooterWords:
        return _WORDS.get(self._primary, _WORDS["en"])

    @property
    def why(self) -> str:
        """The template of `reason` and `agreed`; contact.agreed_on is nothing without a yes."""
        if not self.agreed:
            return literal(self.reason)
        return (
            f"{{% if contact.agreed_on %}}{literal(self.agreed)} {{{{ contact.agreed_on }}}}."
            f"{{% else %}}{literal(self.reason)}{{% endif %}}"
        )

    @property
    def footer_links(self) -> list[tuple[str, str]]:
        """(words, URL template) of each link that is always there, in order."""
        return [
            (self.words.unsubscribe, "{{ unsubscribe_url }}"),
            (self.words.choices, "{{ choices_url }}"),
        ]

    @property
    def tracking_link(self) -> tuple[str, str]:
        """(words, URL template) of the link for people who are tracked; see only_if_given."""
        return self.words.stop_tracking, "{{ stop_tracking_url }}"

    @property
    def _primary(self) -> str:
        return self.language.replace("_", "-").split("-")[0].lower()


def only_if_given(name: str, template: str) -> str:
    """A piece that is there only for people for whom the URL of this name is given."""
    # In Liquid the empty string is true.
    return f'{{% if {name} and {name} != "" %}}{template}{{% endif %}}'
