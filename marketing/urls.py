"""URLs of the pages behind the login, room by room."""

from django.urls import URLPattern, URLResolver

from marketing.accounts.urls import urlpatterns as accounts
from marketing.audience.urls import urlpatterns as audience
from marketing.domains.urls import urlpatterns as domains
from marketing.exporting.urls import urlpatterns as exporting
from marketing.opening.urls import urlpatterns as opening
from marketing.rules.urls import urlpatterns as rules
from marketing.senders.urls import urlpatterns as senders

app_name = "marketing"
urlpatterns: list[URLPattern | URLResolver] = [
    *opening,
    *accounts,
    *audience,
    *exporting,
    *rules,
    *domains,
    *senders,
]
