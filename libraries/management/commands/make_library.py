"""Makes a large image library, to measure how matching and the pages do with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.commands import ReportingCommand, add_account_argument, chosen_account
from console.models import Account, Member
from console.roles import Role
from libraries import errors
from libraries.adding import add_samples
from libraries.drawn_samples import drawn_samples
from libraries.models import ImageLibrary, LibraryImage
from libraries.samples import Sample, sample_of_picture
from libraries.services.image_libraries import create_image_library
from moderation.errors import ModerationError

BATCH = 1_000


class Command(ReportingCommand):
    """Make an image library of drawn pictures, or add them to one; empty it on its page."""

    help = "Make an image library of drawn pictures, or add them to one, to measure with it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the account, the name, the count and the pictures."""
        super().add_arguments(parser)
        add_account_argument(parser)
        parser.add_argument("--name", default="Drawn pictures", help="Name of the library.")
        parser.add_argument("--images", type=int, default=100_000, help="How many; 100,000.")
        parser.add_argument("--seed", type=int, default=0, help="Another number, other pictures.")
        parser.add_argument(
            "--picture", type=Path, action="append", default=[], help="A file to add as well."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        account = chosen_account(options["account"])
        library = _library(account, options["name"])
        started = time.perf_counter()
        samples = chain(
            map(_sample_of_file, options["picture"]),
            drawn_samples(options["images"], options["seed"]),
        )
        added, refused = self._add(library, samples, quiet=options["json"])
        values = {
            "library": library.pk,
            "name": library.name,
            "added": added,
            "refused": refused,
            "seconds": round(time.perf_counter() - started, 1),
        }
        self.report(values, as_json=options["json"])

    def _add(
        self, library: ImageLibrary, samples: Iterator[Sample], *, quiet: bool
    ) -> tuple[int, int]:
        added = refused = 0
        while batch := list(islice(samples, BATCH)):
            outcomes = add_samples(library=library, samples=batch, author=None)
            stored = sum(isinstance(outcome, LibraryImage) for outcome in outcomes)
            added, refused = added + stored, refused + len(batch) - stored
            if not quiet:
                self.stderr.write(f"{added:,} added")
        return added, refused


def _library(account: Account, name: str) -> ImageLibrary:
    library = account.image_libraries.filter(name=name).first()
    if library is not None:
        return library
    author = Member.objects.filter(account=account, role=Role.ADMINISTRATOR).first()
    if author is None:
        raise CommandError("The account has no administrator in whose name a library is created.")
    try:
        return create_image_library(account=account, name=name, description="", author=author)
    except errors.LibraryError as error:
        raise CommandError(str(error)) from error


def _sample_of_file(path: Path) -> Sample:
    try:
        return sample_of_picture(path.read_bytes(), path.name)
    except (OSError, ModerationError, errors.LibraryError) as error:
        raise CommandError(f"{path}: {error}") from error
