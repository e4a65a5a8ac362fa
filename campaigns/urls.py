"""URLs of the pages behind the login."""

from django.urls import URLPattern, URLResolver

from campaigns.launching.editing.urls import urlpatterns as editing
from campaigns.launching.showing.urls import urlpatterns as showing
from campaigns.sending.limits_page.urls import urlpatterns as limits_page

app_name = "campaigns"
urlpatterns: list[URLPattern | URLResolver] = [*showing, *editing, *limits_page]
