"""csv/expected.json through the pages: each file by its four steps, as a member presses them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from consent.importing import running
from consent.importing.forecast import Forecast
from consent.models import Import
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.cases.files import cases_file, cases_json

pytestmark = pytest.mark.django_db
FILES = cases_json("csv/expected.json")["files"]


def upload(client: Any, account: Account, name: str) -> Any:
    file = SimpleUploadedFile(name, cases_file(f"csv/{name}").read_bytes(), "text/csv")
    return client.post(reverse("consent:import", args=[account.pk]), {"file": file})


def latest(account: Account) -> Import | None:
    with use_account(account):
        found: Import | None = Import.objects.for_account(account).order_by("-id").first()
        return found


def decide(client: Any, at: list[int], case: dict[str, Any]) -> None:
    """Answer which reading is right, where the page asks."""
    url = reverse("consent:import_reading", args=at)
    page = client.get(url)
    if page.status_code == 200:
        ((kind, field),) = page.context["form"].fields.items()
        known = case["encoding"] if kind == "encoding" else ""
        client.post(url, {kind: known or field.choices[0][0]})


def confirm(client: Any, at: list[int]) -> bool:
    """Say where from and take the columns as proposed; whether the import began."""
    data = {"source": "The fair", "attested": "on"}
    origin = client.post(reverse("consent:import_origin", args=at), data)
    columns = reverse("consent:import_columns", args=at)
    if origin.headers.get("Location") != columns:
        return False
    form = client.get(columns).context["form"]
    chosen = {field.html_name: field.initial for field in form.columns()}
    chosen_answer = client.post(columns, chosen | {"skip_bad_rows": "on"})
    return bool(chosen_answer.status_code == 302)


def sums_of(forecast: Forecast) -> tuple[int, int, int, int]:
    """As the result page will count them."""
    return forecast.created, forecast.merged, forecast.kept_out, forecast.errors


@pytest.mark.parametrize("case", FILES, ids=lambda case: case["file"])
def test_every_file_ends_on_a_page_that_says_what_became_of_it(
    as_member, emil: Member, case: dict[str, Any]
) -> None:
    client, acme = as_member(emil), emil.account
    answer = upload(client, acme, case["file"])
    imported = latest(acme)
    if imported is None:
        assert answer.status_code == 422
        assert "Nothing was imported." in answer.content.decode()
        assert case["stop"]
        return
    at = [acme.pk, imported.pk]
    decide(client, at, case)
    if not confirm(client, at):
        assert case["stop"]
        return
    check = reverse("consent:import_check", args=at)
    forecast = client.get(check).context["forecast"]
    client.post(check)
    running.run(acme.pk, imported.pk)
    result = client.get(reverse("consent:import_result", args=at))
    done = result.context["imported"]
    sums = done.created + done.merged + done.kept_out + done.errors
    assert (done.state, sums) == ("finished", done.position)
    assert sums_of(forecast) == (done.created, done.merged, done.kept_out, done.errors)
    assert "Imported. Nobody has been mailed." in result.content.decode()
    errors = client.get(reverse("consent:import_errors", args=at)).content.decode("utf-8-sig")
    assert errors.count("\r\n") >= 1 + done.errors
