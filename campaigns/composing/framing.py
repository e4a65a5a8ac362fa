"""What every newsletter says beside its blocks: who sends, why, and how to make it stop."""

from dataclasses import dataclass

from campaigns.composing.tags import literal

_RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ku", "ps", "ur", "yi"}


@dataclass(frozen=True)
class FooterWords:
    """The words of every footer; `contact` and `agreed` say why, with a gap for the company.

    After `agreed` comes the day.
    """

    unsubscribe: str
    choices: str
    stop_tracking: str
    contact: str
    agreed: str


_WORDS = {
    "en": FooterWords(
        *("Unsubscribe", "Your choices", "Stop tracking me"),
        "You get this mail because you are a contact of {company}.",
        "You get this mail because you agreed to news from {company} on",
    ),
    "de": FooterWords(
        *("Abmelden", "Ihre Auswahl", "Nicht mehr messen"),
        "Sie erhalten diese Mail, weil Sie ein Kontakt von {company} sind.",
        "Sie erhalten diese Mail aufgrund Ihrer Zustimmung zu Neuigkeiten von {company} vom",
    ),
    "es": FooterWords(
        *("Darse de baja", "Sus preferencias", "Dejar de medirme"),
        "Recibe este correo porque es un contacto de {company}.",
        "Recibe este correo porque aceptó recibir noticias de {company} el",
    ),
    "fr": FooterWords(
        *("Se désabonner", "Vos choix", "Ne plus me mesurer"),
        "Vous recevez ce mail car vous êtes un contact de {company}.",
        "Vous recevez ce mail car vous avez accepté les nouvelles de {company} le",
    ),
    "it": FooterWords(
        *("Annulla iscrizione", "Le tue scelte", "Non misurarmi più"),
        "Ricevi questa mail perché sei un contatto di {company}.",
        "Ricevi questa mail perché hai accettato le notizie di {company} il",
    ),
    "nl": FooterWords(
        *("Afmelden", "Uw keuzes", "Meet mij niet meer"),
        "U krijgt deze mail omdat u een contact bent van {company}.",
        "U krijgt deze mail omdat u instemde met nieuws van {company} op",
    ),
    "pl": FooterWords(
        *("Wypisz się", "Twoje wybory", "Nie mierz mnie"),
        "Dostajesz tę wiadomość, ponieważ {company} ma Twój adres.",
        "Dostajesz tę wiadomość dzięki Twojej zgodzie na wiadomości od {company} z dnia",
    ),
    "pt": FooterWords(
        *("Cancelar inscrição", "As suas escolhas", "Parar de medir"),
        "Recebe este e-mail porque é um contacto de {company}.",
        "Recebe este e-mail porque aceitou notícias de {company} em",
    ),
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
        return words_in(self.language)

    @property
    def why(self) -> str:
        """The template of `reason` and `agreed`; contact.agreed_on is nothing without a yes."""
        if not self.agreed:
            return literal(self.reason)
        # Months have English names only; everybody reads the other form.
        day = "agreed_on" if self.words is _WORDS["en"] else "agreed_iso"
        return (
            f"{{% if contact.agreed_on %}}{literal(self.agreed)} {{{{ contact.{day} }}}}."
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
        return _primary_of(self.language)


def words_in(language: str) -> FooterWords:
    """The words in a language, in English where we do not speak it."""
    return _WORDS.get(_primary_of(language), _WORDS["en"])


def _primary_of(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()


def only_if_given(name: str, template: str) -> str:
    """A piece that is there only for people for whom the URL of this name is given."""
    # In Liquid the empty string is true.
    return f'{{% if {name} and {name} != "" %}}{template}{{% endif %}}'
