"""Whom a campaign may measure: asked of may_track, as sending and the endpoint do."""

from django.db import connection

from campaigns.models import Campaign

_PERMITTED = """
SELECT r.contact_id,
    may_track(a.tracking, k.track_opens, t.class, s.tracking),
    may_track(a.tracking, k.track_clicks, t.class, s.tracking)
FROM recipient r
JOIN campaign k ON k.account_id = r.account_id AND k.id = r.campaign_id
JOIN account a ON a.id = r.account_id
JOIN contact c ON c.account_id = r.account_id AND c.id = r.contact_id
CROSS JOIN LATERAL (SELECT track_class(a.country, a.strict_unknown, c.country) AS class) t
LEFT JOIN standing s ON s.account_id = r.account_id AND s.address_hash = r.address_hash
WHERE r.account_id = %s AND r.campaign_id = %s
"""


def permitted(campaign: Campaign) -> dict[int, tuple[bool, bool]]:
    """Pixel and links, by contact; call inside `use_account`."""
    with connection.cursor() as cursor:
        cursor.execute(_PERMITTED, [campaign.account_id, campaign.pk])
        return {contact: (opens, clicks) for contact, opens, clicks in cursor.fetchall()}
