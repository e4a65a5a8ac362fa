"""The house keeps its rules: sizes, guarded URLs, policies, rights, the one door."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "settings",
    "marketing",
    "consent",
    "campaigns",
    "tracking",
    "mailwire",
    "bin",
    "mailcatcher",
)

# Cross-account work: each caller is listed here with its reason.
EVERY_ACCOUNT_CALLERS: dict[str, str] = {
    "marketing/tenancy.py": "defines it",
    "campaigns/launching/advancing.py": "moves campaigns on by their counts, says what is due",
    "campaigns/sending/dispatching.py": "whether any test mail waits",
    "campaigns/sending/due.py": "which campaigns have rows that are due",
    "campaigns/sending/leasing.py": "accounts take turns; leases of dead workers are freed",
    "campaigns/sending/sweeping.py": "which journals of this host are still open",
    "campaigns/sending/system_mails.py": "test mails that wait",
    "tracking/inbound/replies/forwarding.py": "which replies are due",
    "tracking/inbound/health.py": "how many alarms and replies there are, for the health page",
    "tracking/inbound/forgetting.py": "deletes old reports and what is left of replies",
    "tracking/deliverability/braking.py": "which accounts have something running",
    "tracking/deliverability/grouping.py": "which campaigns sent something in thirty days",
    "tracking/deliverability/growing.py": "which new accounts have sent something",
    "tracking/folding/working.py": "which accounts have events to fold",
    "tracking/folding/rejudging.py": "which accounts' history is judged by older rules",
    "tracking/measuring/checking.py": "which hosts are due for a look",
    "tracking/keeping/pruning.py": "how long each account keeps events; empty months",
    "tracking/keeping/recounting.py": "which accounts have sums to compare",
    "tracking/stopping/stopping.py": "whose campaign it is; what is stopped, for the operator",
    "marketing/domains/tending.py": "which sender domains are due for a look",
    "marketing/exporting/running.py": "rings again for exports, deletes old files",
    "consent/ledger/verifying.py": "the last look at every chain, for the health page",
    "consent/importing/running.py": "rings again for imports that stand still",
    "consent/importing/holding.py": "which imports wait for the operator",
    "consent/suppressed/importing.py": "rings again for imports that stand still",
}


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts and "node_modules" not in path.parts:
                yield path


def length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_modules_stay_small() -> None:
    long = {str(p.relative_to(ROOT)): length(p) for p in modules(*ROOMS) if length(p) > 350}
    assert long == {}


def test_test_modules_stay_small() -> None:
    long = {str(p.relative_to(ROOT)): length(p) for p in modules("tests") if length(p) > 450}
    assert long == {}


def test_templates_stay_small() -> None:
    templates = (ROOT / "templates").rglob("*.html")
    assert {str(p.relative_to(ROOT)): length(p) for p in templates if length(p) > 150} == {}


def test_folders_hold_at_most_eighteen_modules() -> None:
    counts: dict[str, int] = {}
    for path in modules(*ROOMS):
        if path.name != "__init__.py":
            folder = str(path.parent.relative_to(ROOT))
            counts[folder] = counts.get(folder, 0) + 1
    assert {folder: count for folder, count in counts.items() if count > 18} == {}


def test_every_module_says_what_it_owns() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(*ROOMS, "tests")
        if path.read_text(encoding="utf-8").strip()
        and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]
    assert silent == []


def test_views_and_tasks_stay_thin() -> None:
    fat: dict[str, int] = {}
    for path in modules("marketing", "consent", "campaigns", "tracking"):
        limit = 10 if path.name == "tasks.py" else 25 if path.name.startswith("views") else None
        if limit is None:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > limit:
                    fat[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert fat == {}


def test_cross_account_work_has_a_short_list_of_callers() -> None:
    callers = {
        str(path.relative_to(ROOT))
        for path in modules("marketing", "consent", "campaigns", "tracking")
        if re.search(r"\bevery_account\(", path.read_text(encoding="utf-8"))
    }
    assert callers == set(EVERY_ACCOUNT_CALLERS)


def account_patterns() -> Iterator[tuple[str, URLPattern]]:
    def walk(
        prefix: str, patterns: list[URLPattern | URLResolver]
    ) -> Iterator[tuple[str, URLPattern]]:
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(route, entry.url_patterns)
            else:
                yield route, entry

    yield from walk("", get_resolver().url_patterns)


def test_every_account_url_is_guarded_by_member_view() -> None:
    unguarded = [
        route
        for route, entry in account_patterns()
        if "account_id" in route and not hasattr(entry.callback, "right")
    ]
    assert unguarded == []


@pytest.mark.django_db
def test_every_tenant_table_has_its_policies() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, c.relrowsecurity, r.rolname,
                      array(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid)
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
               JOIN pg_roles r ON r.oid = c.relowner
               WHERE a.attname = 'account_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                 AND c.relnamespace = 'public'::regnamespace"""
        )
        tables = {name: (on, owner, set(policies)) for name, on, owner, policies in cursor}
    global_tables = {"member"}
    for name, (on, owner, policies) in tables.items():
        assert owner == "assent_owner", name
        if name not in global_tables:
            assert on, name
            assert {"own", "every"} <= policies, name
    assert {"contact", "recipient", "consent_record", "tracking_event"} <= set(tables)


@pytest.mark.django_db
def test_nobody_but_the_owner_has_rights_on_a_partition() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.relname, r.rolname FROM pg_class c
               CROSS JOIN unnest(
                   ARRAY['assent', 'assent_every_account', 'assent_tracking']) AS r(rolname)
               WHERE c.relispartition AND c.relkind = 'r'
                 AND has_table_privilege(r.rolname, c.oid, 'SELECT, INSERT, UPDATE, DELETE')"""
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_the_web_role_inherits_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT pg_has_role('assent', r, 'USAGE')
               FROM unnest(ARRAY['assent_owner', 'assent_every_account', 'assent_door']::name[]) r
               WHERE r <> 'assent_door'"""
        )
        assert cursor.fetchall() == [(False,), (False,)]
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'assent'")
        assert cursor.fetchone() == (False,)


def test_every_tenant_model_filters_by_account() -> None:
    names = {"marketing", "consent", "campaigns", "tracking"}
    for model in apps.get_models():
        fields = {field.attname for field in model._meta.fields}
        if model._meta.app_label in names and "account_id" in fields and model.__name__ != "Member":
            assert hasattr(model._default_manager, "for_account"), model
