"""Changes of Settings > Sending limits: each with one audit line, none with a secret in it."""

from django.utils import timezone

from campaigns.sending.limits_page.forms import LimitForm, ProviderForm, SmtpForm, WarmUpForm
from campaigns.sending.limits_page.wording import limit_words, plan_words
from campaigns.sending.rates.limits import UNITS
from campaigns.sending.rates.models import SendingLimit, WarmUp
from campaigns.sending.relays import outlets
from campaigns.sending.relays.models import OwnRelay
from campaigns.sending.relays.providers import PROVIDERS
from campaigns.sending.relays.sealing import seal
from marketing.accounts.auditing import record
from marketing.models import Member


def add_limit(form: LimitForm, *, by: Member) -> None:
    """Hold the account to one more limit; acts within two seconds."""
    data = form.cleaned_data
    limit = SendingLimit.objects.create(
        account=by.account,
        scope=data["scope"],
        name=data["name"],
        mails=data["mails"],
        seconds=UNITS[data["per"]],
    )
    words = limit_words(limit.scope, limit.name, limit.mails, limit.seconds)
    record(by.account, by=by, act="limit.added", subject="Sending limits", after=words)


def remove_limit(limit: SendingLimit, *, by: Member) -> None:
    """Take a limit away."""
    words = limit_words(limit.scope, limit.name, limit.mails, limit.seconds)
    limit.delete()
    record(by.account, by=by, act="limit.removed", subject="Sending limits", before=words)


def add_warm_up(form: WarmUpForm, *, by: Member) -> None:
    """Let a sender domain grow day by day."""
    plan = WarmUp.objects.create(account=by.account, **form.cleaned_data)
    words = plan_words(plan)
    record(by.account, by=by, act="warm_up.added", subject=plan.domain, after=words)


def remove_warm_up(plan: WarmUp, *, by: Member) -> None:
    """End a plan: nothing limits the domain any more but what limits everybody."""
    words = plan_words(plan)
    plan.delete()
    record(by.account, by=by, act="warm_up.removed", subject=plan.domain, before=words)


def keep_smtp(form: SmtpForm, *, by: Member) -> None:
    """Send by an SMTP account of the account's own. Raises NoKey."""
    data = form.cleaned_data
    _keep(
        by,
        kind=OwnRelay.Kind.SMTP,
        provider="",
        shown=f"{data['username']} at {data['host']}:{data['port']}"[:320],
        secret=seal(by.account_id, form.url()),
        connections=data["connections"],
        mails_per_connection=data["mails_per_connection"],
    )


def keep_provider(form: ProviderForm, *, by: Member) -> None:
    """Send by a provider with the account's own key. Raises NoKey."""
    data = form.cleaned_data
    _keep(
        by,
        kind=OwnRelay.Kind.PROVIDER,
        provider=data["provider"],
        shown=PROVIDERS[data["provider"]].label,
        secret=seal(by.account_id, data["key"]),
    )


def remove_relay(*, by: Member) -> None:
    """Go back to the operator's relays."""
    own = OwnRelay.objects.for_account(by.account).first()
    if own is None:
        return
    own.delete()
    outlets.forget(by.account_id)
    record(by.account, by=by, act="relay.removed", subject="Mail server", before=own.shown)


def ask_for_test(*, by: Member) -> bool:
    """Note that a test mail is wanted by this member; False without an own relay."""
    rows = OwnRelay.objects.for_account(by.account)
    asked = {"test_asked_at": timezone.now(), "test_by_id": by.pk, "tested_at": None}
    if not rows.update(**asked, test_reply="", is_proven=False):
        return False
    record(by.account, by=by, act="relay.tested", subject="Mail server", after=by.user.email)
    return True


def _keep(by: Member, **fields: object) -> None:
    account = by.account
    before = OwnRelay.objects.for_account(account).values_list("shown", flat=True).first() or ""
    untested = {"test_asked_at": None, "tested_at": None, "test_reply": "", "is_proven": False}
    own, _ = OwnRelay.objects.update_or_create(account=account, defaults=fields | untested)
    outlets.forget(account.pk)
    record(
        account, by=by, act="relay.changed", subject="Mail server", before=before, after=own.shown
    )
