"""A worker process for tests: the dispatcher's and the tasks' own functions in a loop.

Run as `python -m tests.crash.worker`; the database, folder and relay come from the environment.
"""

import sys
import time

import django


def main() -> None:
    """Until killed or told to stop."""
    django.setup()
    from django.db import connection  # noqa: PLC0415 - after setup

    from campaigns.sending import dispatching, running  # noqa: PLC0415
    from marketing.tenancy import no_account  # noqa: PLC0415

    with no_account(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        needed = dispatching.needed()
        more = running.send_chunks(seconds=1.0) if needed.send else False
        more = (running.send_due(seconds=1.0) if needed.now else False) or more
        if not more:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
