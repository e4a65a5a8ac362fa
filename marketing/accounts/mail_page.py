"""What Settings > Mail shows: its two forms and the logo."""

from typing import Any

from marketing.access import may
from marketing.accounts.forms import LogoForm, MailForm
from marketing.accounts.logos import logo_of
from marketing.accounts.models import Member
from marketing.accounts.saving import mail_settings_of
from marketing.accounts.settings_tabs import settings_tabs


def mail_page(
    member: Member, *, form: MailForm | None = None, logo_form: LogoForm | None = None
) -> dict[str, Any]:
    """Context of the page; a form that was refused is shown as it was sent."""
    account = member.account
    return {
        "form": form or MailForm(initial=mail_settings_of(account)),
        "logo_form": logo_form or LogoForm(),
        "logo": logo_of(account),
        "tabs": settings_tabs(account.pk, "Mail"),
        "may_save": may(member, "edit_settings"),
    }
