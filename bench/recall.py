"""Which edits of library images are recognised, and how often something else is (B3).

python -m bench.recall [FOLDER]: with the photographs that packages ship, or with a folder's.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import imagehash
import numpy as np

from bench import photographs
from bench.edits import EDITS, GEOMETRIC_EDITS, PLAIN_EDITS, TURNED_EDITS, uploaded
from bench.photographs import Photograph, Seen
from moderation.config import EngineConfig
from moderation.detectors.registry import load_registry
from moderation.inference.networks import Networks
from moderation.library_index import LibraryEntry, LibraryIndex
from tests.web_server import ROOT

if TYPE_CHECKING:
    from PIL import Image

MIXTURES: Final = 300
MOST_EDITED: Final = 16
PEER_RATE: Final = 0.001
WAYS: Final = ("hashes", "match", "deep")
CROP_20, TURN_10 = "crop 20 %", "turned by 10 degrees"


@dataclass
class Tally:
    """What was found for one edit; peer: distances to the original, then to the others."""

    found: dict[str, list[bool]] = field(default_factory=lambda: {way: [] for way in WAYS})
    false_alarms: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))
    peer: list[tuple[int, int]] = field(default_factory=list)


class Measurement:
    """A library of photographs, each of which is a library of its own."""

    def __init__(self, library: Sequence[Photograph], networks: Networks) -> None:
        self.library = library
        self.networks = networks
        known = photographs.seen([photograph.image for photograph in library], networks)
        self._index = LibraryIndex.build(
            LibraryEntry(number, number, one.fingerprint, one.features)
            for number, one in enumerate(known)
        )
        self.photographs = [
            number
            for number, one in enumerate(known)
            if one.fingerprint.votes_as_photo and one.fingerprint.is_matchable
        ]
        self._ids = frozenset(range(len(library)))
        self._peer = [imagehash.phash(photograph.image) for photograph in library]

    def tally(self, edit: str, numbers: Sequence[int]) -> Tally:
        """Edit some of the photographs and look for them."""
        tally = Tally()
        images = [uploaded(self.library[number].image, edit) for number in numbers]
        queries = photographs.seen(images, self.networks)
        for number, image, query in zip(numbers, images, queries, strict=True):
            for way in WAYS:
                self._note(tally, way, number, query)
            tally.peer.append(self._peer_distances(number, image))
        return tally

    def _note(self, tally: Tally, way: str, number: int, query: Seen) -> None:
        fingerprint = query.fingerprint
        if way == "hashes":
            fingerprint = replace(fingerprint, embedding=np.zeros_like(fingerprint.embedding))
        look = query.look if way == "deep" else None
        ids = {match.image_id for match in self._index.match(fingerprint, self._ids, look)}
        tally.found[way].append(number in ids)
        tally.false_alarms[way] += any(self._differ(number, other) for other in ids)

    def _differ(self, number: int, other: int) -> bool:
        return not self.library[number].parts & self.library[other].parts

    def _peer_distances(self, number: int, image: Image.Image) -> tuple[int, int]:
        """Return the distance to the original, and to the nearest picture without it."""
        hash_ = imagehash.phash(image)
        others = (
            hash_ - known for other, known in enumerate(self._peer) if self._differ(number, other)
        )
        return int(hash_ - self._peer[number]), int(min(others))


def main() -> None:
    """Print the table, and the figures that have goals."""
    models = Path(os.environ.get("MODEL_DIR") or ROOT / "var" / "models")
    networks = load_registry(EngineConfig(models)).networks
    own = len(sys.argv) > 1
    base = photographs.in_folder(Path(sys.argv[1])) if own else photographs.shipped()
    library = base if own else [*base, *photographs.mixtures(base, MIXTURES)]
    measurement = Measurement(library, networks)
    known = [number for number in measurement.photographs if number < len(base)]
    numbers = known[:: max(1, len(known) // MOST_EDITED)]
    print(f"    {len(base) - len(known)} of {len(base)} pictures are left out: too plain, or drawn")
    tallies = {edit: measurement.tally(edit, numbers) for edit in EDITS}
    _print_table(tallies, len(library), len(numbers))
    _print_goals(tallies)


def _print_table(tallies: dict[str, Tally], library_size: int, edited: int) -> None:
    limit = _peer_limit(tallies)
    print(f"    recognised, percent; {edited} photographs edited, library of {library_size}")
    print(f"    {'edit':26}{'hashes':>8}{'match':>8}{'deep':>8}{'pHash 64':>10}")
    for edit, tally in tallies.items():
        cells = "".join(f"{_percent(tally.found[way]):8.0f}" for way in WAYS)
        print(f"    {edit:26}{cells}{_peer_recall(tally, limit):10.0f}")


def _print_goals(tallies: dict[str, Tally]) -> None:
    limit = _peer_limit(tallies)
    plain = _mean(tallies, PLAIN_EDITS, "match")
    peer = statistics.mean(_peer_recall(tallies[edit], limit) for edit in PLAIN_EDITS)
    turned = min(_percent(tallies[edit].found["match"]) for edit in TURNED_EDITS)
    queries = sum(len(tally.peer) for tally in tallies.values())
    print(f"B3 recall of edits that move nothing: {plain:.1f} % (goal at least 98), ", end="")
    print(f"pHash 64 of ImageHash {peer:.1f} %")
    print(
        f"B3 recall of the worst of mirrored, turned, bordered: {turned:.0f} % (goal at least 97)"
    )
    for way in ("match", "deep"):
        crop, turn = (_percent(tallies[edit].found[way]) for edit in (CROP_20, TURN_10))
        moved = _mean(tallies, GEOMETRIC_EDITS, way)
        print(f"B3 recall by {way}: {CROP_20} {crop:.0f} %, {TURN_10} {turn:.0f} % ", end="")
        print(f"(goals with deep match at least 90); all that move {moved:.0f} %")
        alarms = sum(tally.false_alarms[way] for tally in tallies.values())
        print(f"B3 false alarms by {way}: {alarms} of {queries} queries (goal at most 0.1 %)")


def _peer_limit(tallies: dict[str, Tally]) -> int:
    """Return up to which distance the peer has so few false alarms; it is its best limit."""
    nearest = sorted(other for tally in tallies.values() for _, other in tally.peer)
    return nearest[int(len(nearest) * PEER_RATE)] - 1


def _peer_recall(tally: Tally, limit: int) -> float:
    return _percent([own <= limit for own, _ in tally.peer])


def _percent(found: Sequence[bool]) -> float:
    return 100 * statistics.mean(found)


def _mean(tallies: dict[str, Tally], edits: Iterable[str], way: str) -> float:
    return statistics.mean(_percent(tallies[edit].found[way]) for edit in edits)


if __name__ == "__main__":
    main()
