"""From a policy to the one that publications make of it; each is read as the rows are now.

Taking a publication over again, or one whose rows have changed once more since, is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from console.models import Publication
from moderation.keywords import KeywordIndex
from moderation.library_index import LibraryIndex
from moderation.ruleset import Ruleset
from rules.loading import entries_of_ids, entries_of_libraries, load_keywords, pairs_of_texts
from rules.models import RulesetVersion
from rules.policy import Policy
from rules.turns import own_turn

Topic = Publication.Topic


def taken_over(policy: Policy, account_id: int, publications: Sequence[Publication]) -> Policy:
    """Return the policy with these publications of its account, oldest first, taken over."""
    of_topic: dict[str, list[Publication]] = {topic: [] for topic in Topic.values}
    for publication in publications:
        of_topic[publication.topic].append(publication)
    changed = replace(policy, number=max(policy.number, publications[-1].number))
    if of_topic[Topic.RULESET]:
        changed = replace(changed, rulesets=_rulesets(changed, of_topic[Topic.RULESET]))
    if of_topic[Topic.KEYWORDS]:
        keywords = _keywords(changed.keywords, account_id, of_topic[Topic.KEYWORDS])
        changed = replace(changed, keywords=keywords)
    if of_topic[Topic.IMAGES]:
        images = _images(changed.images, account_id, of_topic[Topic.IMAGES])
        changed = replace(changed, images=images)
    return changed


def _rulesets(policy: Policy, publications: Iterable[Publication]) -> dict[int, Ruleset]:
    """Return the rulesets, each service in its newest version; deleted services have none."""
    rulesets = dict(policy.rulesets)
    for service_id in {publication.subject_id for publication in publications}:
        newest = RulesetVersion.objects.filter(service=service_id).first()
        if newest is not None:
            rulesets[service_id] = newest.ruleset
        else:
            rulesets.pop(service_id, None)
    return rulesets


def _images(
    images: LibraryIndex, account_id: int, publications: Iterable[Publication]
) -> LibraryIndex:
    """Return the index with the images that changed; whole libraries if it is not said which."""
    image_ids: set[int] = set()
    library_ids: set[int] = set()
    for publication in publications:
        if "image_ids" in publication.details:
            image_ids.update(publication.details["image_ids"])
        else:
            library_ids.add(publication.subject_id)
    changed = images.changed(entries_of_ids(account_id, image_ids), image_ids)
    if not library_ids:
        return changed
    with own_turn():
        whole = entries_of_libraries(account_id, library_ids)
        return changed.without_libraries(library_ids).changed(whole, set())


def _keywords(
    index: KeywordIndex, account_id: int, publications: Iterable[Publication]
) -> KeywordIndex:
    """Return the index with the keywords that changed; all anew if it is not said which."""
    texts: dict[int, set[str]] = {}
    for publication in publications:
        if "keywords" not in publication.details:
            with own_turn():
                return load_keywords(account_id)
        texts.setdefault(publication.subject_id, set()).update(publication.details["keywords"])
    added = chain.from_iterable(
        pairs_of_texts(account_id, vocabulary_id, sorted(words))
        for vocabulary_id, words in texts.items()
    )
    removed = ((vocabulary_id, word) for vocabulary_id, words in texts.items() for word in words)
    return index.changed(added, removed)
