"""One picture against 100,000 library images: the bare searches, a peer, memory, changes (B4)."""

from __future__ import annotations

import ctypes
import gc
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

from bench import libraries
from bench.alternation import durations_s, median_ms, percentile_ms, ratio
from bench.libraries import LIBRARY_IDS
from moderation import embedding_index, similarity
from moderation.fingerprint import Fingerprint
from moderation.library_index import LibraryEntry, LibraryIndex
from moderation.perceptual_hash import HASH_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMAGES = 100_000
QUERIES = 40
ROUNDS = 9
PEER_LIMIT_BITS = 31  # what PDQIndex of python-threatexchange searches
NEAR_COSINES = (0.80, 0.82)
NEAR_QUERIES = 1000
FOLDS = 6


@dataclass(frozen=True)
class Bare:
    """The searches that a match needs, as faiss does them, without telling what was found."""

    pdq: Any
    dhash: Any
    codes: Any

    @classmethod
    def of(cls, entries: Sequence[LibraryEntry]) -> Bare:
        """Put the same hashes into bare indexes."""
        prints = [entry.fingerprint for entry in entries]
        upright = np.stack([print_.pdq[0] for print_ in prints])
        trimmed = np.stack([print_.trimmed_pdq[0] for print_ in prints if len(print_.trimmed_pdq)])
        codes = [
            embedding_index.codes(np.stack([print_.embedding for print_ in chunk]))
            for chunk in _chunks(prints)
        ]
        return cls(
            _flat(np.concatenate([upright, trimmed])),
            _flat(np.stack([print_.dhash for print_ in prints])),
            _flat(np.concatenate(codes)),
        )

    def search(self, query: Fingerprint) -> None:
        """Search by all variants, and by the embedding."""
        variants = np.concatenate([query.pdq, query.trimmed_pdq])
        self.pdq.range_search(variants, similarity.PDQ_LIMIT_BITS + 1)
        self.dhash.range_search(query.dhash[None, :], similarity.DHASH_LIMIT_BITS + 1)
        self.search_embedding(query)

    def search_embedding(self, query: Fingerprint) -> None:
        """Search by the code of the embedding."""
        limit = embedding_index.code_limit_bits(1 - similarity.EMBEDDING_LIMIT)
        self.codes.range_search(embedding_index.codes(query.embedding[None, :]), limit + 1)


def _chunks(prints: Sequence[Fingerprint]) -> list[Sequence[Fingerprint]]:
    return [prints[start : start + 1000] for start in range(0, len(prints), 1000)]


def _flat(rows: NDArray[np.uint8]) -> Any:
    index: Any = faiss.IndexBinaryFlat(rows.shape[1] * 8)
    index.add(np.ascontiguousarray(rows))
    return index


def main() -> None:
    """Print what matching costs, and what changing the libraries costs those that match."""
    faiss.omp_set_num_threads(1)
    index = _measured_index()
    entries = list(islice(libraries.entries(IMAGES), IMAGES))
    queries = _queries(entries)
    _print_overhead(index, Bare.of(entries), queries)
    _print_near_ones(index, entries)
    hashes = np.stack([entry.fingerprint.pdq[0] for entry in entries])
    del entries
    _print_hashes_alone(hashes, queries)
    _print_changes(index)
    _print_folding(index, queries)


def _measured_index() -> LibraryIndex:
    """Index the images one after the other, and print what the index holds in memory."""
    LibraryIndex.build(libraries.entries(2000)).match(next(libraries.entries(1)).fingerprint, {1})
    before = _resident_mb()
    index = LibraryIndex.build(libraries.entries(IMAGES))
    rows = IMAGES * (2 + libraries.TRIMMED_SHARE)  # PDQ, dHash, and PDQ without borders
    hashes_mb = rows * HASH_BYTES / 1e6
    beside = _resident_mb() - before - hashes_mb
    print(f"memory of {len(index)} images beside {hashes_mb:.1f} MB of hashes: ", end="")
    print(f"{beside:.0f} MB (goal at most 64)")
    return index


def _resident_mb() -> float:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # give back what is free, or it would count as used
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return int(rollup.partition("\nRss:")[2].split()[0]) / 1000


def _queries(entries: Sequence[LibraryEntry]) -> list[Fingerprint]:
    """Return edits of stored images, and as many strangers."""
    strangers = [entry.fingerprint for entry in libraries.entries(QUERIES // 2, seed=2)]
    known = [entry.fingerprint for entry in entries[: QUERIES // 2]]
    return [
        libraries.edited(fingerprint, seed, bits=20, cosine=0.9)
        for seed, fingerprint in enumerate([*known, *strangers])
    ]


def _print_overhead(index: LibraryIndex, bare: Bare, queries: Sequence[Fingerprint]) -> None:
    durations = durations_s(
        {
            "match": lambda number: index.match(queries[number], LIBRARY_IDS),
            "bare": lambda number: bare.search(queries[number]),
            "embedding": lambda number: bare.search_embedding(queries[number]),
        },
        len(queries),
        ROUNDS,
    )
    overhead = ratio(durations, "match", "bare")
    print(f"match with all variants: {overhead:.2f} x the bare faiss searches (goal at most 1.5)")
    print(f"    {IMAGES} images in {len(LIBRARY_IDS)} libraries; 16 hashes, dHash, embedding")
    print(f"    median {median_ms(durations, 'match'):.2f} ms, ", end="")
    print(f"bare {median_ms(durations, 'bare'):.2f} ms")
    print(f"    of it the embedding's code: {median_ms(durations, 'embedding'):.2f} ms")


def _print_near_ones(index: LibraryIndex, entries: Sequence[LibraryEntry]) -> None:
    """Print how many pictures just inside of the embedding's limit the codes let through."""
    random = np.random.default_rng(9)
    found = wanted = 0
    for seed, entry in enumerate(entries[:NEAR_QUERIES]):
        cosine = float(random.uniform(*NEAR_COSINES))
        query = libraries.edited(entry.fingerprint, seed, bits=128, cosine=cosine)
        if float(query.embedding @ entry.fingerprint.embedding) < NEAR_COSINES[0]:
            continue
        wanted += 1
        matches = index.match(query, {entry.library_id})
        found += entry.image_id in [match.image_id for match in matches]
    print(f"embeddings at a cosine of {NEAR_COSINES[0]:.2f} to {NEAR_COSINES[1]:.2f}: ", end="")
    print(f"{found} of {wanted} found (goal at least 99 %)")


def _print_hashes_alone(hashes: NDArray[np.uint8], queries: Sequence[Fingerprint]) -> None:
    """Print B4, and the same hashes in the index of python-threatexchange."""
    listed = (
        LibraryEntry(row % 10 + 1, row, Fingerprint.from_pdq(hash_.tobytes().hex()))
        for row, hash_ in enumerate(hashes)
    )
    index, bare = LibraryIndex.build(listed), _flat(hashes)
    untrimmed = [libraries.hashes_only(query) for query in queries]
    limit = similarity.PDQ_LIMIT_BITS + 1
    ways: dict[str, Callable[[int], object]] = {
        "match": lambda number: index.match(untrimmed[number], LIBRARY_IDS),
        "bare": lambda number: bare.range_search(untrimmed[number].pdq, limit),
    }
    peer = _peer(hashes)
    if peer is not None:
        texts = [[row.tobytes().hex() for row in query.pdq] for query in untrimmed]
        ways["peer"] = lambda number: [peer.query(text) for text in texts[number]]
    durations = durations_s(ways, len(queries), ROUNDS)
    found = sum(map(_agree, [index] * len(queries), [bare] * len(queries), untrimmed))
    print(
        f"B4 match by 8 hashes: {ratio(durations, 'match', 'bare'):.2f} x a bare faiss batch ",
        end="",
    )
    print(f"of 8 (goal at most 1.3); same nearest image for {found} of {len(queries)}")
    if peer is None:
        print("python-threatexchange is not installed: see requirements-bench.txt")
        return
    print(
        f"python-threatexchange's PDQ index, 8 hashes: {ratio(durations, 'peer', 'match'):.2f} x ",
        end="",
    )
    print("our time on the same hashes (goal more than 1)")
    print(f"    theirs searches {PEER_LIMIT_BITS} bits, ours {similarity.PDQ_LIMIT_BITS}")


def _peer(hashes: NDArray[np.uint8]) -> Any:
    try:
        from threatexchange.signal_type.pdq.pdq_index import PDQIndex
    except ImportError:
        return None
    return PDQIndex(entries=[(row.tobytes().hex(), number) for number, row in enumerate(hashes)])


def _agree(index: LibraryIndex, bare: Any, query: Fingerprint) -> bool:
    """Say whether the index names the image that the bare search finds nearest, if any."""
    _, bits, rows = bare.range_search(query.pdq, similarity.PDQ_LIMIT_BITS + 1)
    matches = index.match(query, LIBRARY_IDS)
    if not len(rows) or not matches:
        return not len(rows) and not matches
    return (matches[0].distance, matches[0].image_id) == min(zip(bits, rows, strict=True))


def _print_changes(index: LibraryIndex) -> None:
    """Print how long it takes to have one image more or less, with many recent ones."""
    more = list(libraries.entries(300, seed=3))
    new = [
        LibraryEntry(entry.library_id, IMAGES + entry.image_id, entry.fingerprint) for entry in more
    ]
    busy = index.changed(new[:250], set(range(250)))
    durations = durations_s(
        {
            "add": lambda number: index.changed([new[number]], set()),
            "remove": lambda number: index.changed([], {number}),
            "add to many": lambda number: busy.changed([new[299]], {number}),
        },
        count=30,
        rounds=3,
    )
    print(f"one image more: {median_ms(durations, 'add'):.2f} ms; less: ", end="")
    print(f"{median_ms(durations, 'remove'):.2f} ms; ", end="")
    print(f"beside 250 recent ones: {median_ms(durations, 'add to many'):.2f} ms")


def _print_folding(index: LibraryIndex, queries: Sequence[Fingerprint]) -> None:
    """Print what those that match notice of a thread that makes one block of two large ones."""
    recent = (
        LibraryEntry(entry.library_id, IMAGES + entry.image_id, entry.fingerprint)
        for entry in libraries.entries(IMAGES // 5, seed=4)
    )
    grown = index.changed(recent, set())
    rest: list[float] = []
    beside: list[float] = []
    for _ in range(FOLDS):
        started = time.perf_counter()
        beside += _latencies_s(grown, queries, grown.folded)
        took_s = time.perf_counter() - started
        rest += _latencies_s(grown, queries, partial(time.sleep, took_s))
    share = percentile_ms(beside, 50) / percentile_ms(rest, 50)
    print(f"match while {len(grown)} images are folded: {share:.2f} x the time at rest, ", end="")
    print(f"slowest {percentile_ms(beside, 99) / percentile_ms(rest, 99):.2f} x (99 %)")
    for name, latencies in (("at rest", rest), ("folding", beside)):
        print(f"    {name}: median {percentile_ms(latencies, 50):.2f} ms, ", end="")
        print(f"99 % within {percentile_ms(latencies, 99):.1f} ms, {len(latencies)} matches")
    print(f"    folding took {took_s:.1f} s")


def _latencies_s(
    index: LibraryIndex, queries: Sequence[Fingerprint], beside: Callable[[], object]
) -> list[float]:
    """Match until the other thread has done its work; return how long each match took."""
    other = threading.Thread(target=beside)
    other.start()
    latencies: list[float] = []
    while other.is_alive():
        started = time.perf_counter()
        index.match(queries[len(latencies) % len(queries)], LIBRARY_IDS)
        latencies.append(time.perf_counter() - started)
    return latencies


if __name__ == "__main__":
    main()
