"""URLs of the campaign list, a campaign's pages and its acts."""

from django.urls import path

from campaigns.launching.showing import views, views_acts, views_home, views_people

_ONE = "a/<int:account_id>/campaigns/<int:campaign_id>/"

urlpatterns = [
    path("a/<int:account_id>/home/", views_home.home_fragment, name="home_fragment"),
    path("a/<int:account_id>/kept-drafts/", views_home.kept_drafts, name="kept_drafts"),
    path("a/<int:account_id>/campaigns/", views.campaigns, name="campaigns"),
    path(_ONE, views.overview, name="overview"),
    path(f"{_ONE}row/", views.row, name="row"),
    path(f"{_ONE}running/", views.running, name="running"),
    path(f"{_ONE}content/", views.content, name="content"),
    path(f"{_ONE}settings/", views.settings, name="settings"),
    path(f"{_ONE}people/", views_people.people, name="people"),
    path(f"{_ONE}launch/", views_acts.launch, name="launch"),
    path(f"{_ONE}pause/", views_acts.pause, name="pause"),
    path(f"{_ONE}resume/", views_acts.resume, name="resume"),
    path(f"{_ONE}settle-all/", views_acts.settle_all, name="settle_all"),
    path(f"{_ONE}stop/", views_acts.stop, name="stop"),
    path(f"{_ONE}back-to-draft/", views_acts.back_to_draft, name="back_to_draft"),
    path(f"{_ONE}copy/", views_acts.copy, name="copy"),
]
