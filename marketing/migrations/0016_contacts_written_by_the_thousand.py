"""Contacts written by the thousand: who writes both sides spares the triggers their look, the
search's waiting list grows with the batch and is folded once, choices about tracking are few."""

from django.db import migrations, models

# Each statement's look at the other table stays, unless the writer says that both agree already.
UNLESS_KNOWN = "WHEN (coalesce(current_setting('app.contacts_know', true), '') <> 'yes')"
TRIGGERS = """
DROP TRIGGER contact_meets_standing ON contact;
CREATE TRIGGER contact_meets_standing AFTER INSERT ON contact REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT {when} EXECUTE FUNCTION contacts_meet_standing();
DROP TRIGGER standing_made ON standing;
CREATE TRIGGER standing_made AFTER INSERT ON standing REFERENCING NEW TABLE AS said
    FOR EACH STATEMENT {when} EXECUTE FUNCTION standing_tells_contacts();
DROP TRIGGER contact_is_customer ON contact;
CREATE TRIGGER contact_is_customer BEFORE INSERT ON contact
    FOR EACH ROW WHEN (NEW.basis <> ''{unsaid}) EXECUTE FUNCTION contact_is_customer();
"""
UNSAID = " AND NEW.consent = 'not_asked'"

# Sorting ten thousand people's trigrams at once costs half of what many small lists cost.
SEARCH = """
ALTER INDEX contact_search RESET (gin_pending_list_limit);
CREATE FUNCTION fold_contact_search() RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT gin_clean_pending_list('contact_search'::regclass);
$$;
REVOKE ALL ON FUNCTION fold_contact_search() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fold_contact_search() TO assent;
"""
UNDO_SEARCH = """
DROP FUNCTION fold_contact_search();
ALTER INDEX contact_search SET (gin_pending_list_limit = 256);
"""


class Migration(migrations.Migration):
    dependencies = [("marketing", "0015_exports_taken_back")]

    operations = [
        migrations.RunSQL(
            TRIGGERS.format(when=UNLESS_KNOWN, unsaid=UNSAID),
            TRIGGERS.format(when="", unsaid=""),
        ),
        migrations.RunSQL(SEARCH, UNDO_SEARCH),
        migrations.RemoveIndex("contact", "contact_by_tracking"),
        migrations.AddIndex(
            "contact",
            models.Index(
                fields=["account", "tracking", "id"],
                condition=~models.Q(tracking=""),
                name="contact_by_tracking",
            ),
        ),
    ]
