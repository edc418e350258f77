"""What this process judges by, as rules and libraries change; no thread follows here."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pytest

from console.models import Publication, PublicationCounter
from console.services import publish
from libraries.models import Keyword, LibraryImage
from moderation.detection import Box, TextLine
from moderation.errors import ParameterInvalid
from moderation.fingerprint import EMBEDDING_SIZE, Fingerprint
from rules.live import LivePolicies, live_ruleset, policies, policy_of
from rules.models import Service
from rules.policy import Policy
from rules.services import copy_service, delete_copy, record_version
from tests.factories import (
    AccountFactory,
    ImageLibraryFactory,
    MemberFactory,
    ServiceFactory,
    VocabularyFactory,
)

pytestmark = pytest.mark.django_db
IMAGES, KEYWORDS = Publication.Topic.IMAGES, Publication.Topic.KEYWORDS
GUN = "violent_gun"


def fingerprint(seed):
    random = np.random.default_rng(seed)
    embedding = random.normal(size=EMBEDDING_SIZE).astype(np.float32)
    return Fingerprint(
        pdq=random.integers(0, 256, (8, 32), np.uint8),
        trimmed_pdq=np.empty((0, 32), np.uint8),
        dhash=random.integers(0, 256, 32, np.uint8),
        embedding=(embedding / np.linalg.norm(embedding)).astype(np.float16).astype(np.float32),
        quality=100,
        graphic=False,
    )


@pytest.fixture
def library(account):
    return ImageLibraryFactory.create(account=account)


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account)


def add_image(library, seed, stored=None):
    return LibraryImage.objects.create(
        account=library.account,
        library=library,
        digest=uuid.uuid4().hex,
        fingerprint=stored or fingerprint(seed).to_bytes(),
    )


def announce_images(library, *images, **details):
    details = details or {"image_ids": [getattr(image, "pk", image) for image in images]}
    publish(account=library.account, topic=IMAGES, subject_id=library.pk, details=details)


def announce_keywords(vocabulary, **details):
    publish(account=vocabulary.account, topic=KEYWORDS, subject_id=vocabulary.pk, details=details)


def matches(library, seed):
    found = policy_of(library.account_id).images.match(fingerprint(seed), {library.pk})
    return [match.image_id for match in found]


def keywords_in(vocabulary, text):
    lines = [TextLine(text, Box(0, 0, 9, 9), 99.0)]
    found = policy_of(vocabulary.account_id).keywords.find(lines, {vocabulary.pk})
    return [match.keyword for match in found]


class TestRulesets:
    def test_a_new_version_takes_the_place_of_the_one_before(self, account):
        service = ServiceFactory.create(account=account)
        before = policy_of(account.pk)
        service.label_rules.filter(label=GUN).update(high_risk_score=90)

        record_version(service=service, author=None, comment="")

        assert live_ruleset(service).version == 2
        assert live_ruleset(service).policies[GUN].high_risk_score == 90
        assert before.rulesets[service.pk].version == 1
        assert policy_of(account.pk).number == PublicationCounter.newest_number() > before.number

    def test_a_copy_is_there_as_soon_as_it_is_made(self, account):
        source = ServiceFactory.create(account=account)
        policy_of(account.pk)

        copy = copy_service(
            source=source,
            code="copy",
            name="Copy",
            description="",
            author=MemberFactory.create(account=account),
        )

        assert live_ruleset(copy).service == "copy"

    def test_a_copy_is_there_even_if_the_thread_that_follows_has_not_seen_it(
        self, account, monkeypatch
    ):
        source = ServiceFactory.create(account=account)
        policies.load_all()
        monkeypatch.setattr(policies, "is_followed", True)

        copy = copy_service(
            source=source,
            code="copy",
            name="Copy",
            description="",
            author=MemberFactory.create(account=account),
        )

        assert copy.pk not in policy_of(account.pk).rulesets
        assert live_ruleset(copy).service == "copy"

    def test_a_deleted_copy_is_gone(self, account):
        author = MemberFactory.create(account=account)
        source = ServiceFactory.create(account=account)
        copy = copy_service(source=source, code="x", name="X", description="", author=author)
        remembered = Service.objects.get(pk=copy.pk)
        policy_of(account.pk)

        delete_copy(service=copy, author=author)

        with pytest.raises(ParameterInvalid, match="deleted"):
            live_ruleset(remembered)

    def test_accounts_do_not_see_each_others_rules(self, account):
        service = ServiceFactory.create(account=account)
        other = ServiceFactory.create(account=AccountFactory.create())

        assert service.pk in policy_of(account.pk).rulesets
        assert other.pk not in policy_of(account.pk).rulesets


class TestImages:
    def test_what_is_stored_at_first_is_matched(self, library):
        image = add_image(library, 1)

        assert matches(library, 1) == [image.pk]

    def test_an_added_image_is_matched_once_it_is_announced(self, library):
        add_image(library, 1)
        matches(library, 1)
        added = add_image(library, 2)
        assert matches(library, 2) == []

        announce_images(library, added)

        assert matches(library, 2) == [added.pk]

    def test_a_removed_image_is_matched_no_more(self, library):
        image = add_image(library, 1)
        kept = add_image(library, 2)
        matches(library, 1)
        image_id = image.pk
        image.delete()

        announce_images(library, image_id)

        assert matches(library, 1) == []
        assert matches(library, 2) == [kept.pk]

    def test_a_moved_image_is_matched_in_its_new_library(self, library):
        image = add_image(library, 1)
        other = ImageLibraryFactory.create(account=library.account)
        matches(library, 1)
        LibraryImage.objects.filter(pk=image.pk).update(library=other)

        announce_images(library, image)

        assert (matches(library, 1), matches(other, 1)) == ([], [image.pk])

    def test_announcing_twice_or_late_is_harmless(self, library):
        matches(library, 1)
        image = add_image(library, 1)
        announce_images(library, image)
        image_id = image.pk
        image.delete()
        announce_images(library, image_id)
        announce_images(library, image_id)

        assert matches(library, 1) == []

    def test_a_deleted_library_is_matched_no_more(self, library):
        add_image(library, 1)
        matches(library, 1)
        library_id = library.pk
        library.delete()
        library.pk = library_id

        announce_images(library, library_deleted=True)

        assert matches(library, 1) == []

    def test_a_library_is_read_anew_if_it_is_not_said_what_changed(self, library):
        first = add_image(library, 1)
        matches(library, 1)
        first.delete()
        second = add_image(library, 2)

        announce_images(library, cleared=True)

        assert (matches(library, 1), matches(library, 2)) == ([], [second.pk])

    def test_another_accounts_images_are_not_taken_over(self, library):
        matches(library, 1)
        foreign = add_image(ImageLibraryFactory.create(), 1)

        announce_images(library, foreign)

        assert len(policy_of(library.account_id).images) == 0

    def test_a_fingerprint_of_another_version_is_left_out_and_told(self, library, caplog):
        stale = add_image(library, 1, stored=b"\xff\xff" + fingerprint(1).to_bytes()[2:])
        fresh = add_image(library, 2)

        assert (matches(library, 1), matches(library, 2)) == ([], [fresh.pk])
        assert f"library image {stale.pk} cannot be matched" in caplog.text


class TestKeywords:
    def add(self, vocabulary, text):
        return Keyword.objects.create(vocabulary=vocabulary, text=text, folded=text.casefold())

    def test_added_and_removed_keywords_are_taken_over(self, vocabulary):
        cat = self.add(vocabulary, "cat")
        assert keywords_in(vocabulary, "a cat and a dog") == ["cat"]
        cat.delete()
        self.add(vocabulary, "dog")

        announce_keywords(vocabulary, keywords=["cat", "dog"])

        assert keywords_in(vocabulary, "a cat and a dog") == ["dog"]

    def test_a_vocabulary_is_read_anew_if_it_is_not_said_what_changed(self, vocabulary):
        self.add(vocabulary, "cat")
        keywords_in(vocabulary, "cat")
        vocabulary.keywords.all().delete()
        self.add(vocabulary, "dog")

        announce_keywords(vocabulary)

        assert keywords_in(vocabulary, "a cat and a dog") == ["dog"]

    def test_another_accounts_keywords_are_not_taken_over(self, vocabulary):
        keywords_in(vocabulary, "cat")
        foreign = VocabularyFactory.create()
        self.add(foreign, "cat")

        publish(
            account=vocabulary.account,
            topic=KEYWORDS,
            subject_id=foreign.pk,
            details={"keywords": ["cat"]},
        )

        policy_of(vocabulary.account_id)
        vocabulary.pk = foreign.pk
        assert keywords_in(vocabulary, "cat") == []


class TestCatchingUp:
    def test_everything_is_read_anew_when_old_publications_were_deleted(self, library):
        matches(library, 1)
        first, second = add_image(library, 1), add_image(library, 2)
        announce_images(library, first)
        announce_images(library, second)
        Publication.objects.order_by("number").last().delete()
        Publication.objects.order_by("number").first().delete()

        assert (matches(library, 1), matches(library, 2)) == ([first.pk], [second.pk])

    def test_everything_is_read_anew_when_the_numbers_go_back(self, library):
        announce_images(library, add_image(library, 1))
        matches(library, 1)
        image = add_image(library, 2)

        PublicationCounter.objects.update(last_number=0)

        assert matches(library, 2) == [image.pk]

    def test_a_change_of_one_account_leaves_the_others_alone(self, library):
        other = ImageLibraryFactory.create()
        before = policy_of(other.account_id)
        policy_of(library.account_id)

        announce_images(library, add_image(library, 1))

        assert policy_of(other.account_id) is before

    def test_a_process_that_has_all_accounts_gets_new_ones_when_they_are_announced(self):
        loaded = LivePolicies()
        loaded.load_all()
        loaded.is_followed = True
        service = ServiceFactory.create()

        loaded.catch_up()

        assert service.pk in loaded._policies[service.account_id].rulesets

    def test_a_judgement_without_news_costs_one_query(self, account, django_assert_num_queries):
        policy_of(account.pk)

        with django_assert_num_queries(1):
            policy_of(account.pk)

    def test_a_process_that_is_followed_asks_nothing(
        self, account, monkeypatch, django_assert_num_queries
    ):
        policy_of(account.pk)
        monkeypatch.setattr(policies, "is_followed", True)

        with django_assert_num_queries(0):
            policy_of(account.pk)


class TestFolding:
    def test_a_folded_policy_judges_alike_and_has_what_came_meanwhile(self, library, monkeypatch):
        policy_of(library.account_id)
        images = [add_image(library, seed) for seed in range(300)]
        announce_images(library, *images)
        assert matches(library, 299) == [images[299].pk]
        assert policies.needs_folding
        fold = Policy.folded

        def folded_while_something_is_published(policy):
            folded = fold(policy)
            announce_images(library, add_image(library, 1000))
            images[0].delete()
            announce_images(library, images[1].pk - 1)
            policies.catch_up()
            return folded

        monkeypatch.setattr(Policy, "folded", folded_while_something_is_published)
        policies.fold()

        assert not policies.needs_folding
        assert len(matches(library, 1000)) == 1
        assert matches(library, 0) == []
        assert matches(library, 299) == [images[299].pk]

    def test_what_was_read_anew_meanwhile_is_not_replaced(self, library, monkeypatch):
        policy_of(library.account_id)
        announce_images(library, *[add_image(library, seed) for seed in range(300)])
        policy_of(library.account_id)
        fold = Policy.folded

        def folded_while_the_database_is_restored(policy):
            folded = fold(policy)
            library.images.all().delete()
            policies.forget()
            policy_of(library.account_id)
            return folded

        monkeypatch.setattr("rules.live.own_turn", nullcontext)  # a process would wait for itself
        monkeypatch.setattr(Policy, "folded", folded_while_the_database_is_restored)
        policies.fold()

        assert len(policy_of(library.account_id).images) == 0

    def test_threads_match_while_images_come_and_go_and_indexes_are_folded(
        self, library, monkeypatch
    ):
        constant = add_image(library, 0)
        policy_of(library.account_id)
        monkeypatch.setattr(policies, "is_followed", True)
        stopping = threading.Event()

        with ThreadPoolExecutor(2) as pool:
            watchers = [pool.submit(watch, library, constant, stopping) for _ in range(2)]
            try:
                for round_ in range(1, 7):
                    self.change_and_fold(library, round_)
            finally:
                stopping.set()
            rounds = [watcher.result() for watcher in watchers]

        assert min(rounds) > 0
        assert matches(library, 6_000) != []
        assert matches(library, 5_000) == []

    def change_and_fold(self, library, round_):
        """Add 260 images, remove those of the round before, and fold if it is worth it."""
        gone = list(library.images.exclude(pk=library.images.earliest("pk").pk))
        library.images.filter(pk__in=[image.pk for image in gone]).delete()
        fresh = [add_image(library, round_ * 1_000 + number) for number in range(260)]
        announce_images(library, *[image.pk for image in gone], *fresh)
        policies.catch_up()
        policies.fold()


def watch(library, constant, stopping):
    """Match again and again; each time the image that stays has to be there, in a later policy."""
    wanted, number, rounds = fingerprint(0), 0, 0
    while not stopping.is_set():
        policy = policy_of(library.account_id)
        assert policy.number >= number
        number = policy.number
        found = policy.images.match(wanted, {library.pk})
        assert [match.image_id for match in found] == [constant.pk]
        rounds += 1
    return rounds
