"""Building blocks of migrations and models: row security, composite foreign keys, querysets.

Every tenant table has a column `account_id`, a policy per role, and foreign keys that carry the
account, because PostgreSQL's own foreign keys ignore row security (architecture 3).
"""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.models.constraints import BaseConstraint
from django.http import Http404

M = TypeVar("M", bound=models.Model)


class AccountQuerySet(models.QuerySet[M]):
    """Querysets of tenant tables: the account filter is visible in the code that asks."""

    def for_account(self, account: Any) -> Self:
        """Rows of one account (object or id)."""
        return self.filter(account_id=getattr(account, "pk", account))

    def get_or_404(self, **wanted: Any) -> M:
        """The one row, or the same 404 for unknown and foreign ones."""
        try:
            return self.get(**wanted)
        except (ObjectDoesNotExist, ValueError, OverflowError) as missing:
            raise Http404 from missing


class EnableRowSecurity(Operation):
    """Migration operation: policies for the web role, the cross-account role, the endpoint.

    `tracking` is what the endpoint's role may do on the table: "" (nothing), "insert", or the
    columns it may read, comma-separated; it gets the right and a policy for it.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, tracking: str = "") -> None:
        self.table = table
        self.tracking = tracking

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Row security is no part of Django's model state."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        """Deferred, so that it runs after the table's own foreign keys were made."""
        schema_editor.deferred_sql.extend(policy_statements(self.table, self.tracking))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        """The policies go with their table."""

    def describe(self) -> str:
        """One line for `migrate --plan`."""
        return f"Row security on {self.table}"


def policy_statements(table: str, tracking: str = "") -> list[str]:
    """The SQL of one table's policies.

    A bare `current_setting` raises at plan time when no account is set; wrapped in a sub-select it
    silently returned nothing (trial of tenancy, 4).
    """
    own = "account_id = current_setting('app.account_id')::bigint"
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY own ON {table} TO assent USING ({own}) WITH CHECK ({own})",
        f"CREATE POLICY every ON {table} TO assent_every_account USING (true) WITH CHECK (true)",
    ]
    if tracking == "insert":
        statements += [
            f"GRANT INSERT ON {table} TO assent_tracking",
            f"CREATE POLICY tracking ON {table} FOR INSERT TO assent_tracking WITH CHECK (true)",
        ]
    elif tracking:
        statements += [
            f"GRANT SELECT ({tracking}) ON {table} TO assent_tracking",
            f"CREATE POLICY tracking ON {table} FOR SELECT TO assent_tracking USING (true)",
        ]
    return statements


class TenantForeignKey(BaseConstraint):
    """FOREIGN KEY (account_id, <field>_id) to the parent's unique (account_id, id).

    Stands beside `ForeignKey(db_constraint=False)`. `on_delete` is SQL: "RESTRICT", "CASCADE".
    """

    def __init__(self, *, field: str, to: str, name: str, on_delete: str = "CASCADE") -> None:
        super().__init__(name=name)
        self.field = field
        self.to = to
        self.on_delete = on_delete

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        """The part of CREATE TABLE."""
        column = model._meta.get_field(self.field).column
        return (
            f'CONSTRAINT "{self.name}" FOREIGN KEY (account_id, "{column}") '
            f'REFERENCES "{self.to}" (account_id, id) ON DELETE {self.on_delete} '
            "DEFERRABLE INITIALLY IMMEDIATE"
        )

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        """ALTER TABLE for a table that exists."""
        return (
            f'ALTER TABLE "{model._meta.db_table}" ADD {self.constraint_sql(model, schema_editor)}'
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        """ALTER TABLE that takes it away."""
        return f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"'

    def validate(self, *arguments: Any, **options: Any) -> None:
        """The database checks it."""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TenantForeignKey) and self.deconstruct()[2] == other.deconstruct()[2]
        )

    __hash__ = BaseConstraint.__hash__

    def deconstruct(self) -> Any:
        """For migrations."""
        path, arguments, options = super().deconstruct()
        options |= {"field": self.field, "to": self.to, "on_delete": self.on_delete}
        return path, arguments, options
