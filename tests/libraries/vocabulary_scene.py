"""Two threads that write to the last free places at once: the suite's database has one writer.

Run as "python -m tests.libraries.vocabulary_scene" with DATA_DIR set; prints what came of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from threading import Barrier, Thread

import django


def at_once(actions: Sequence[Callable[[], None]]) -> None:
    """Run each action in a thread, all from the same moment on."""
    from django.db import connection

    barrier = Barrier(len(actions))

    def run(action: Callable[[], None]) -> None:
        barrier.wait()
        action()
        connection.close()

    threads = [Thread(target=run, args=[action]) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def play() -> dict[str, object]:
    """Have two add eight keywords where ten fit, and two create the last library."""
    from django.conf import settings
    from django.core.management import call_command

    from console.models import Account, Member, User
    from libraries import errors
    from libraries.keyword_lines import KeywordLines, read_keywords
    from libraries.models import Vocabulary
    from libraries.services import keywords as services

    call_command("migrate", verbosity=0)
    settings.MAX_KEYWORDS = 10
    settings.MAX_VOCABULARIES = 3
    account = Account.objects.create(name="Example")
    user = User.objects.create_user("mei.tan")
    author = Member.objects.create(account=account, user=user, role="policy_manager")
    added: list[int] = []
    created: list[str] = []

    def add_to(vocabulary: Vocabulary) -> Callable[[], None]:
        texts = [f"{vocabulary.name} {number}" for number in range(8)]
        lines = read_keywords(enumerate(texts, start=1))
        return lambda: added.append(
            services.add_keywords(vocabulary=vocabulary, lines=lines, author=author).added_count
        )

    def create(name: str) -> None:
        try:
            services.create_vocabulary(
                account=account, name=name, description="", lines=KeywordLines(), author=author
            )
            created.append("created")
        except errors.TooManyLibraries:
            created.append("refused")

    vocabularies = [Vocabulary.objects.create(account=account, name=name) for name in "ab"]
    at_once([add_to(vocabulary) for vocabulary in vocabularies])
    at_once([lambda: create("third"), lambda: create("fourth")])
    return {
        "added": sorted(added),
        "keyword_count": services.keyword_count(account),
        "created": sorted(created),
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(play()))  # noqa: T201 - the test reads it
