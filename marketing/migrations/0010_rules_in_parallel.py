"""The functions of the rules only read: large statements that call them may use several workers."""

from django.db import migrations

NAMES = (
    "country_track_class(text)",
    "track_class(text, boolean, text)",
    "may_track(boolean, boolean, text, text)",
)


def marked(safety: str) -> str:
    """Statements that mark all of them."""
    return "".join(f"ALTER FUNCTION {name} PARALLEL {safety};\n" for name in NAMES)


class Migration(migrations.Migration):
    dependencies = [("marketing", "0009_contacts_meet_standing")]

    operations = [migrations.RunSQL(marked("SAFE"), marked("UNSAFE"))]
