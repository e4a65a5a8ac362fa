"""Recipients and numbers as a workbook: definitions first, text only, no formula."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
from django.urls import reverse
from django.utils import timezone

from marketing.exporting.running import file_of
from marketing.exporting.sheets import write_workbook
from marketing.models import Account, Export, Member
from marketing.tenancy import use_account
from tests.making import make_contact
from tests.tracking.making import make_event, make_recipient, make_sent_campaign
from tracking.folding.working import fold_all
from tracking.statistics import exporting, exporting_numbers

TEMPTING = ["=1+1", "+491234", "-5", "@SUM(A1)", "{=1}", "http://a.example", "007", "", "Ünal"]


def cells_of(path: Path) -> list[list[Any]]:
    book = openpyxl.load_workbook(path)
    return [[cell for cell in row] for sheet in book for row in sheet.iter_rows()]  # noqa: C416


def test_what_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    path = tmp_path / "made.xlsx"
    write_workbook(path, [["what it means"], ["name"]], [[[text] for text in TEMPTING]])
    rows = cells_of(path)
    assert [row[0].value or "" for row in rows] == ["what it means", "name", *TEMPTING]
    assert {row[0].data_type for row in rows if row[0].value} == {"s"}
    assert [row[0].hyperlink for row in rows if row[0].value == TEMPTING[5]] == [None]


def test_a_full_sheet_goes_on_in_the_next(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("marketing.exporting.sheets.MOST_ROWS", 4)
    path = tmp_path / "made.xlsx"
    write_workbook(path, [["d"], ["n"]], [[["1"], ["2"], ["3"]]])
    book = openpyxl.load_workbook(path)
    assert [[row[0] for row in sheet.values] for sheet in book] == [
        ["d", "n", "1", "2"],
        ["d", "n", "3"],
    ]


def test_the_button_has_a_workbook_made_with_the_rows_of_the_csv(
    acme: Account, as_member: Any, rita: Member
) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        evil = make_contact(acme, "evil@example.test", first_name="=cmd|' /C calc'!A0")
        make_recipient(campaign, evil, sent_at=timezone.now())
        make_event(campaign, ana, at=timezone.now() - timedelta(days=1))
    fold_all(seconds=60)
    client = as_member(rita)
    for name, make in (
        ("recipients_export", exporting.make_export),
        ("statistics_export", exporting_numbers.make_numbers),
    ):
        url = reverse(f"tracking:{name}", args=[acme.pk, campaign.pk])
        assert client.post(url, {"format": "xlsx"}).status_code == 302
        with use_account(acme):
            made = Export.objects.for_account(acme).latest("id")
        make(acme.pk, made.pk)
        with use_account(acme):
            made.refresh_from_db()
        assert made.file_name.endswith(".xlsx")
        path = file_of(made)
        assert path is not None
        rows = [[cell.value for cell in row] for row in cells_of(path)]
        assert "Sent: the receiving server accepted the mail" in " ".join(map(str, rows[0]))
        fetched = client.get(reverse("marketing:export_file", args=[acme.pk, made.pk]))
        assert fetched["Content-Type"].endswith("spreadsheetml.sheet")
        assert b"".join(fetched.streaming_content)[:2] == b"PK"
        if name == "recipients_export":
            names = [row[rows[1].index("name")] for row in rows[2:]]
            assert "=cmd|' /C calc'!A0" in names
