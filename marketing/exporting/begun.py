"""The answer to a press on Export: a toast that leads to the file, and the list as it was."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from marketing.exporting.models import Export


def back_to_list(request: HttpRequest, made: Export, *, url: str) -> HttpResponse:
    """Back to `url` under the filters that were exported (`query` in the export's params)."""
    file = reverse("marketing:export", args=[made.account_id, made.pk])
    text = format_html('The file is being made. <a href="{}">See the file</a>', file)
    messages.success(request, text)
    query = str(made.params["query"])
    return redirect(f"{url}?{query}" if query.isprintable() and query else url)
