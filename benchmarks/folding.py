"""folding: tracking events into engagement, counters and totals, per second."""

from collections.abc import Iterator

from benchmarks.copying import RUN, as_owner
from benchmarks.dataset import accounts
from benchmarks.measuring import measured
from benchmarks.rows import Row, first_of
from campaigns.tasks import collect_seldom
from tracking.folding.folding import fold

EVENTS = 30_000

# Opens and clicks of yesterday from many networks, a tenth of them by privacy proxies.
_STORE = """
INSERT INTO tracking_event (account_id, at, campaign_id, contact_id, kind, number, method, ip,
    network, agent, signals)
SELECT r.account_id, now() - interval '1 day' + r.place * interval '1 second', r.campaign_id,
    r.contact_id, CASE WHEN r.place %% 5 = 0 THEN 'click' ELSE 'open' END,
    CASE WHEN r.place %% 5 = 0 THEN 1 + r.place %% 3 ELSE 0 END, 'GET',
    '10.' || r.place / 200 %% 200 || '.' || r.place %% 200 || '.20',
    '10.' || r.place / 200 %% 200 || '.' || r.place %% 200 || '.0/24',
    CASE WHEN r.place %% 10 = 7
        THEN 'Mozilla/5.0 (Windows NT 5.1) Firefox/11.0 (via ggpht.com GoogleImageProxy)'
        ELSE 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0' END,
    'lang fetch dest'
FROM (SELECT r.*, row_number() OVER (ORDER BY contact_id) AS place FROM recipient r
      WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND sent_at IS NOT NULL
      ORDER BY contact_id LIMIT %(events)s) r
"""


def rows() -> Iterator[Row]:
    """All waiting events of the large account, batch by batch."""
    cast = accounts.find("large")
    owner = as_owner(RUN)
    values = {"account": cast.account.pk, "campaign": cast.sent.pk, "events": EVENTS}
    with owner.cursor() as cursor:
        # What the case before stored is folded with its neighbours, and counted as one batch.
        cursor.execute("DELETE FROM tracking_event WHERE folded_at IS NULL")
        cursor.execute(_STORE, values)
        cursor.execute("VACUUM ANALYZE tracking_event")
    owner.close()
    collect_seldom()  # as in every worker
    folded = 0
    with measured() as took:
        while count := fold(cast.account.pk):
            folded += count
    per_second = folded / took.seconds
    engine = first_of("engine")
    yield Row(
        name=f"folding: {folded:,} events of as many people",
        value=per_second,
        unit="events/s",
        reference=engine.value if engine else None,
        against="a campaign's messages per second" if engine else "ONLY=engine,folding compares",
        ratio=per_second / engine.value if engine else None,
        cpu_us=took.cpu_us(folded),
    )
