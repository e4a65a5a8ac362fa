"""A folding worker for tests: what the task calls, in a loop, until killed.

Run as `python -m tests.crash.folder`; the database comes from the environment.
"""

import time

import django


def main() -> None:
    """For ever."""
    django.setup()
    from tracking.folding.working import fold_all  # noqa: PLC0415 - after setup

    while True:
        if not fold_all(seconds=1.0):
            time.sleep(0.05)


if __name__ == "__main__":
    main()
