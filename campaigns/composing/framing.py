"""What every newsletter says beside its blocks: who sends, why, and how to make it stop."""

from dataclasses import dataclass

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

    `reason` says why the person gets this mail. `tracks_opens` adds the picture,
    either switch adds the link that stops tracking. `forces_dark` is for the dark preview.
    """

    company: str
    postal_address: str
    reason: str
    subject: str = ""
    preheader: str = ""
    language: str = "en"
    tracks_opens: bool = False
    tracks_clicks: bool = False
    forces_dark: bool = False

    @property
    def is_tracked(self) -> bool:
        return self.tracks_opens or self.tracks_clicks

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
    def footer_links(self) -> list[tuple[str, str]]:
        """(words, URL template) of each link, in order."""
        links = [
            (self.words.unsubscribe, "{{ unsubscribe_url }}"),
            (self.words.choices, "{{ choices_url }}"),
        ]
        if self.is_tracked:
            links.append((self.words.stop_tracking, "{{ stop_tracking_url }}"))
        return links

    @property
    def _primary(self) -> str:
        return self.language.replace("_", "-").split("-")[0].lower()
