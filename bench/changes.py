"""Changes of rules, images and keywords, each followed until every process has it.

Django has to be set up before this is imported.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Self

from bench.keywords import Words
from bench.libraries import entries
from console.models import Account, Member, ModeratingProcess, Publication
from libraries.adding import add_samples
from libraries.keyword_lines import lines_of, read_keywords
from libraries.models import ImageLibrary, LibraryImage, Vocabulary
from libraries.samples import Sample
from libraries.services.image_libraries import create_image_library
from libraries.services.images import delete_images
from libraries.services.keywords import add_keywords, create_vocabulary
from rules.changes import ScopeChange
from rules.models import Service
from rules.services import save_scope

IMAGES = 100_000
KEYWORDS = 100_000
SERVICE = "baselineCheck"
LABEL = "pornographic_adultContent"
BATCH = 1_000
POLL_S = 0.004
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Change:
    """What was changed, and the seconds from the beginning of the save until all had it.

    save_seconds: how many of them the save itself took.
    """

    kind: str
    seconds: float
    save_seconds: float


class Author:
    """Somebody who changes one thing after the other."""

    def __init__(self, library: ImageLibrary, vocabulary: Vocabulary, author: Member) -> None:
        self._library = library
        self._vocabulary = vocabulary
        self._author = author
        self._added: list[int] = []
        self._fresh = _samples(10_000, seed=2)

    @classmethod
    def with_libraries(cls) -> Self:
        """Fill a library and a vocabulary of the first account."""
        account = Account.objects.get()
        author = account.members.get()
        library = create_image_library(account=account, name="Many", description="", author=author)
        for batch in _batches(_samples(IMAGES, seed=1)):
            LibraryImage.objects.bulk_create(
                LibraryImage(
                    account=account,
                    library=library,
                    digest=sample.digest,
                    fingerprint=sample.fingerprint.to_bytes(),
                )
                for sample in batch
            )
        lines = read_keywords(lines_of("\n".join(Words(1).keywords(KEYWORDS))))
        vocabulary, _ = create_vocabulary(
            account=account, name="Many", description="", lines=lines, author=author
        )
        return cls(library, vocabulary, author)

    def process_count(self) -> int:
        """Return how many processes judge pictures."""
        return ModeratingProcess.objects.running().count()

    def change(self, number: int) -> Change:
        """Change something, another kind of thing each time, and wait until it is live."""
        ways: list[tuple[str, Callable[[int], None]]] = [
            ("scope changed", self._change_scope),
            ("image added", self._add_image),
            ("keyword added", self._add_keyword),
            ("image removed", self._remove_image),
        ]
        kind, change = ways[number % len(ways)]
        started = time.time()
        change(number)
        saved = time.time()
        return Change(kind, self._live_at() - started, saved - started)

    def _live_at(self) -> float:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            newest = Publication.objects.first()
            if newest and newest.live_at:
                return newest.live_at.timestamp()
            if time.monotonic() > deadline:
                raise TimeoutError("the change does not go live")
            time.sleep(POLL_S)

    def _change_scope(self, number: int) -> None:
        service = Service.objects.get(account=self._library.account, code=SERVICE)
        rule = service.label_rules.get(label=LABEL)
        high = 81 if rule.high_risk_score != Decimal(81) else 82
        save_scope(
            service=service,
            changes=[
                ScopeChange(
                    label=LABEL,
                    enabled=True,
                    medium_risk_score=Decimal(60),
                    high_risk_score=Decimal(high),
                )
            ],
            based_on=service.version,
            author=self._author,
        )

    def _add_image(self, number: int) -> None:
        samples = list(islice(self._fresh, 1))
        [image] = add_samples(library=self._library, samples=samples, author=None)
        assert isinstance(image, LibraryImage)
        self._added.append(image.pk)

    def _remove_image(self, number: int) -> None:
        image_ids = [self._added.pop()]
        delete_images(library=self._library, image_ids=image_ids, author=self._author)

    def _add_keyword(self, number: int) -> None:
        lines = read_keywords(lines_of(f"keyword {uuid.uuid4().hex[:10]}"))
        add_keywords(vocabulary=self._vocabulary, lines=lines, author=self._author)


def _samples(count: int, seed: int) -> Iterator[Sample]:
    for entry in entries(count, seed):
        yield Sample(name="", digest=uuid.uuid4().hex, fingerprint=entry.fingerprint)


def _batches(samples: Iterator[Sample]) -> Iterator[list[Sample]]:
    while batch := list(islice(samples, BATCH)):
        yield batch
