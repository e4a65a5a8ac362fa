"""What the two invented companies write: their own consent forms and their newsletters."""

from consent.forms.texts import Texts
from tracking.sampling.running import Letter

ACME_FORM = {
    "en": Texts(
        subject="Rides, repairs and offers from Acme Bikes?",
        question="Shall we write to you about rides and offers?",
        text="One mail a month: a ride we like, what the workshop offers, and now and then a price "
        "for readers only. Every mail has a link that ends it at once.",
        yes="Yes, write to me",
        no="No, thanks",
        tracking_question="You may see whether I open your mails and which links I press",
    ),
    "de": Texts(
        subject="Touren, Werkstatt und Angebote von Acme Bikes?",
        question="Dürfen wir Ihnen über Touren und Angebote schreiben?",
        text="Eine Mail im Monat: eine Tour, die uns gefällt, was die Werkstatt bietet, und ab und "
        "zu ein Preis nur für Leser. Jede Mail hat einen Link, der das sofort beendet.",
        yes="Ja, schreiben Sie mir",
        no="Nein, danke",
        tracking_question="Sie dürfen sehen, ob ich Ihre Mails öffne und welche Links ich anklicke",
    ),
}
VELO_FORM = {
    "fr": Texts(
        subject="Des nouvelles de Vélo Lyon ?",
        question="Pouvons-nous vous écrire ?",
        text="Un message par mois : une balade, les ateliers et les offres du magasin. Chaque "
        "message contient un lien pour arrêter aussitôt.",
        yes="Oui, écrivez-moi",
        no="Non merci",
        tracking_question="Vous pouvez voir si j’ouvre vos messages et quels liens je suis",
    ),
}

GUIDE = Letter(
    name="Autumn ride guide",
    subject="Six rides for clear days",
    preheader="With maps, and a café at the far end of each.",
    heading="Six rides for clear days",
    text="<p>Hello {{ contact.first_name | default: 'there' }},</p><p>the roads are dry and the "
    "light is low. We rode six loops around town and drew the maps. "
    '<a href="https://acme-bikes.example/rides/north">The northern one</a> is our favourite.</p>',
    buttons=(
        ("Get the six maps", "https://acme-bikes.example/rides"),
        ("Book a check-up first", "https://acme-bikes.example/workshop"),
    ),
)
GRAVEL = Letter(
    name="New gravel bikes",
    subject="The gravel bikes are here",
    preheader="Four frames, eleven sizes, one long weekend to try them.",
    heading="Four frames to try this weekend",
    text="<p>Hello {{ contact.first_name | default: 'there' }},</p><p>come by and take one out "
    "for an hour. Bring your own pedals if you like them.</p>",
    buttons=(("See the bikes", "https://acme-bikes.example/gravel"),),
)
WORKSHOP = Letter(
    name="Workshop weekend",
    subject="Learn to true a wheel",
    preheader="Two evenings, eight places each.",
    heading="Two workshop evenings",
    text="<p>We got the dates wrong in this one, so we stopped it.</p>",
    buttons=(("Take a place", "https://acme-bikes.example/evenings"),),
)
LIGHTS = Letter(
    name="Lights before dark",
    subject="Ready for dark evenings?",
    preheader="What the law asks for, and what we would buy.",
    heading="See and be seen",
    text="<p>Hello {{ contact.first_name | default: 'there' }},</p><p>a short guide to lights that "
    "last. The first one is the cheapest and it is good.</p>",
    buttons=(("Read the guide", "https://acme-bikes.example/lights"),),
)
MEMBERS = Letter(
    name="Members’ evening",
    subject="You are invited on Thursday",
    preheader="Slides, soup and a raffle.",
    heading="Thursday at the shop",
    text="<p>Hello {{ contact.first_name | default: 'there' }},</p><p>doors open at seven.</p>",
    buttons=(("Say that you come", "https://acme-bikes.example/thursday"),),
)
WINTER = Letter(
    name="Winter tyres",
    subject="Studs, or no studs?",
    preheader="We tried five tyres on ice.",
    heading="Five tyres on ice",
    text="<p>Hello {{ contact.first_name | default: 'there' }},</p><p>we fell three times, so you "
    "need not.</p>",
    buttons=(("See who fell", "https://acme-bikes.example/winter"),),
)
GIFTS = Letter(
    name="Gift ideas",
    subject="For those who have a bell already",
    preheader="",
    heading="Gifts under twenty",
    text="<p>Hello {{ contact.first_name | default: 'there' }},</p><p>still to be written.</p>",
)
LETTRE = Letter(
    name="La lettre d’automne",
    subject="Trois balades autour de Lyon",
    preheader="Avec les cartes, et un café au bout.",
    heading="Trois balades d’automne",
    text="<p>Bonjour {{ contact.first_name | default: 'à vous' }},</p><p>les routes sont sèches. "
    "Voici trois boucles que nous aimons.</p>",
    buttons=(("Voir les cartes", "https://velo-lyon.example/balades"),),
    language="fr",
)
ATELIER = Letter(
    name="Les ateliers de décembre",
    subject="Apprendre à régler ses freins",
    preheader="Deux soirées, huit places.",
    heading="Deux soirées à l’atelier",
    text="<p>Bonjour {{ contact.first_name | default: 'à vous' }},</p><p>apportez votre vélo.</p>",
    buttons=(("Prendre une place", "https://velo-lyon.example/ateliers"),),
    language="fr",
)
NOEL = Letter(
    name="Idées de cadeaux",
    subject="Petits cadeaux pour cyclistes",
    preheader="",
    heading="À moins de vingt euros",
    text="<p>Bonjour {{ contact.first_name | default: 'à vous' }},</p><p>à écrire.</p>",
    language="fr",
)
