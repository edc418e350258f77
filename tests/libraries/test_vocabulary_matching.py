"""Keywords from the page to the verdict: text in real pictures, read by the real network."""

from __future__ import annotations

import uuid
from importlib.util import find_spec
from pathlib import Path

import pytest

from libraries.keyword_lines import read_keywords
from libraries.services.keywords import add_keywords, delete_keywords
from results.details import Details
from results.models import DetectionResult
from results.services import Submission, moderate
from rules.changes import CustomLibraryChange
from rules.services import save_custom_libraries, save_ignored_vocabularies
from tests import pictures
from tests.factories import MemberFactory, ServiceFactory, VocabularyFactory

LABEL = "contraband_drug_tii"


@pytest.fixture
def author(account):
    return MemberFactory.create(account=account)


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account)


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account)


def add(vocabulary, author, *texts):
    lines = read_keywords(enumerate(texts, start=1))
    add_keywords(vocabulary=vocabulary, lines=lines, author=author)


def flag(service, vocabulary, author):
    service.refresh_from_db()
    change = CustomLibraryChange(label=LABEL, vocabulary_id=vocabulary.pk)
    save_custom_libraries(
        service=service, changes=[change], based_on=service.version, author=author
    )


def ignore(service, vocabulary, author):
    service.refresh_from_db()
    save_ignored_vocabularies(
        service=service, vocabulary_ids=[vocabulary.pk], based_on=service.version, author=author
    )


def judged(service, *lines, **options):
    service.refresh_from_db()
    picture = pictures.draw_text(*lines, **options)
    submission = Submission(
        request_id=str(uuid.uuid4()).upper(),
        source=DetectionResult.Source.API,
        content=pictures.png(picture),
    )
    return moderate(service=service, submission=submission)


def labels(result):
    return [label["label"] for label in result.labels]


class TestFlaggedVocabulary:
    def test_a_keyword_in_a_picture_sets_the_label_with_the_line_as_evidence(
        self, service, vocabulary, author
    ):
        add(vocabulary, author, "Blue Unicorn", "green dragon")
        flag(service, vocabulary, author)

        result = judged(service, "good morning", "meet the blue unicorn")

        assert labels(result) == [f"{LABEL}_lib"]
        assert result.risk_level == "high"
        (row,) = Details(result).keyword_matches
        assert (row.vocabulary_name, row.match.keyword) == (vocabulary.name, "Blue Unicorn")
        assert row.line == ("meet the ", "blue unicorn", "")

    def test_chinese_keywords_are_found_anywhere_in_a_line(self, service, vocabulary, author):
        font = Path(find_spec("pylopdf_fonts_zh_cn").origin).parent / "NotoSansSC-Regular.otf"
        add(vocabulary, author, "红色独角兽")
        flag(service, vocabulary, author)

        result = judged(service, "我们看见红色独角兽来了", font_path=str(font))

        assert labels(result) == [f"{LABEL}_lib"]

    def test_a_part_of_a_word_sets_nothing(self, service, vocabulary, author):
        add(vocabulary, author, "corn")
        flag(service, vocabulary, author)

        assert labels(judged(service, "meet the blue unicorn")) == ["nonLabel"]

    def test_a_keyword_counts_from_when_it_was_added_until_it_was_deleted(
        self, service, vocabulary, author
    ):
        add(vocabulary, author, "dragon")
        flag(service, vocabulary, author)
        before = judged(service, "meet the blue unicorn")

        add(vocabulary, author, "unicorn")
        during = judged(service, "meet the blue unicorn")
        delete_keywords(
            vocabulary=vocabulary,
            keywords=vocabulary.keywords.filter(text="unicorn"),
            author=author,
        )
        after = judged(service, "meet the blue unicorn")

        assert [labels(result) for result in (before, during, after)] == [
            ["nonLabel"],
            [f"{LABEL}_lib"],
            ["nonLabel"],
        ]


class TestIgnoredVocabulary:
    def test_an_ignored_word_is_not_checked(self, account, service, author):
        harmless = VocabularyFactory.create(account=account)
        add(harmless, author, "cocaine")
        before = judged(service, "cocaine for sale")

        ignore(service, harmless, author)
        after = judged(service, "cocaine for sale")

        assert LABEL in labels(before)
        assert labels(after) == ["nonLabel"]

    def test_ignoring_comes_before_flagging(self, account, service, vocabulary, author):
        harmless = VocabularyFactory.create(account=account)
        add(harmless, author, "unicorn")
        add(vocabulary, author, "unicorn")
        flag(service, vocabulary, author)

        ignore(service, harmless, author)

        assert labels(judged(service, "meet the blue unicorn")) == ["nonLabel"]

    def test_without_ignored_words_the_rest_is_checked_as_one_text(
        self, account, service, vocabulary, author
    ):
        harmless = VocabularyFactory.create(account=account)
        add(harmless, author, "is", "a")
        add(vocabulary, author, "Here small cat")
        flag(service, vocabulary, author)

        before = judged(service, "Here is a small cat")
        ignore(service, harmless, author)
        after = judged(service, "Here is a small cat")

        assert labels(before) == ["nonLabel"]
        assert labels(after) == [f"{LABEL}_lib"]
