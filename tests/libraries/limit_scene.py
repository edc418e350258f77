"""What the test of limits does in a process of its own: the database of the suite knows no threads.

Run as "python -m tests.libraries.limit_scene" with DATA_DIR set; prints what came of it as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Barrier, Thread

import django

_THREADS = 8


def at_once(work: Callable[[int], object]) -> None:
    """Call the function in threads that all start in the same moment."""
    start = Barrier(_THREADS)

    def run(number: int) -> None:
        from django.db import connection

        start.wait()
        work(number)
        connection.close()

    threads = [Thread(target=run, args=[number]) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    """Create libraries and images beyond the limits, from several threads."""
    from django.core.management import call_command

    from console.models import Account, Member, User
    from libraries import errors
    from libraries.adding import add_samples
    from libraries.drawn_samples import drawn_samples
    from libraries.services.image_libraries import create_image_library

    call_command("migrate", verbosity=0)
    account = Account.objects.create(name="Example")
    user = User.objects.create_user("mei.tan")
    author = Member.objects.create(account=account, user=user, role="administrator")
    library = create_image_library(account=account, name="First", description="", author=author)
    samples = list(drawn_samples(_THREADS))
    refused: list[str] = []

    def create(number: int) -> None:
        try:
            create_image_library(
                account=account, name=f"Library {number}", description="", author=author
            )
        except errors.TooManyLibraries:
            refused.append("library")

    def add(number: int) -> None:
        [outcome] = add_samples(library=library, samples=[samples[number]], author=author)
        if isinstance(outcome, errors.LibraryFull):
            refused.append("image")

    at_once(create)
    at_once(add)
    counted = {
        "libraries": account.image_libraries.count(),
        "refused libraries": refused.count("library"),
        "images": account.library_images.count(),
        "refused images": refused.count("image"),
    }
    print(json.dumps(counted))  # noqa: T201 - for the test


if __name__ == "__main__":
    django.setup()
    main()
