"""The actions about vocabularies and their words, on the services that the pages use."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.models import AuditEntry, Publication
from libraries.models import Vocabulary
from openapi.models import Upload
from openapi.timestamps import server_time
from rules.changes import ConfigurationChange
from rules.models import Service
from rules.services import save_configuration
from tests.factories import AccessKeyFactory, ServiceFactory, VocabularyFactory
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.golden_answers import assert_golden
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db
DRUG_TEXT = "contraband_drug_tii"


@pytest.fixture
def ask(account):
    """Call an action with a key of the account: ask("ListKeywordLibs")."""
    return ConsoleClient(AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET))


@pytest.fixture
def vocabulary(account):
    return VocabularyFactory.create(account=account, name="Slang")


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account)


def words_of(library_id):
    keywords = Vocabulary.objects.get(pk=library_id).keywords.order_by("pk")
    return [keyword.text for keyword in keywords]


class TestCreating:
    def test_words_that_are_not_taken_are_reported(self, ask):
        answer = ask(
            "AddKeywordLib", LibName="Slang", Keywords="  cat \ncat\n\nsnake_case\nc@t\n" + "a" * 21
        )

        vocabulary = Vocabulary.objects.get()
        assert words_of(vocabulary.pk) == ["cat", "snake_case"]
        report = vocabulary.imports.get()
        assert_golden("add_keyword_lib", answer, LibId=str(vocabulary.pk), TaskId=str(report.pk))

    def test_it_may_be_empty(self, ask):
        data = ask.data("AddKeywordLib", LibName="Slang")

        assert data["KeywordsResult"]["TotalCount"] == 0
        assert words_of(data["LibId"]) == []

    def test_a_break_may_be_written_as_a_backslash_and_an_n(self, ask):
        data = ask.data("AddKeywordLib", LibName="Slang", Keywords="cat\\ndog")

        assert words_of(data["LibId"]) == ["cat", "dog"]

    def test_the_key_is_its_author(self, ask):
        ask("AddKeywordLib", LibName="Slang")

        assert AuditEntry.objects.get().access_key == ask.access_key

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({}, 400),
            ({"LibName": " "}, 400),
            ({"LibName": "a" * 65}, 402),
            ({"LibName": "a\u202eb"}, 401),
            ({"LibName": "Slang"}, 401),
            ({"LibName": "New", "KeywordsObject": "upload/nothing.txt"}, 404),
        ],
    )
    def test_what_cannot_be_is_refused(self, ask, vocabulary, parameters, code):
        answer = ask("AddKeywordLib", **parameters)

        assert (answer["Code"], answer["Success"]) == (code, False)
        assert answer["Msg"]
        assert "Data" not in answer
        assert Vocabulary.objects.count() == 1

    def test_the_quota_of_libraries_is_402(self, ask, settings):
        settings.MAX_VOCABULARIES = 0

        assert ask("AddKeywordLib", LibName="Slang")["Code"] == 402

    def test_the_quota_of_words_is_402(self, ask, settings):
        settings.MAX_KEYWORDS = 0

        assert ask("AddKeywordLib", LibName="Slang", Keywords="cat")["Code"] == 402
        assert not Vocabulary.objects.exists()

    def test_messages_are_english_whatever_page_came_before(self, ask, vocabulary):
        from django.utils import translation

        translation.activate("zh-hans")

        assert "already" in ask("AddKeywordLib", LibName="Slang")["Msg"]


class TestUploads:
    """KeywordsObject names a file that was uploaded before."""

    @pytest.fixture
    def upload(self, account):
        def put(name, content, *, account=account):
            file = SimpleUploadedFile("words", content)
            return Upload.objects.create(
                account=account,
                bucket="assay-uploads",
                object_name=name,
                file=file,
                size_bytes=len(content),
                md5="0" * 32,
            ).object_name

        return put

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("upload/words.txt", "cat\n\n猫\n".encode()),
            ("upload/words", "cat\r\n猫".encode()),
            ("upload/words.bin", "cat\n猫".encode("utf-16")),
            ("upload/words.csv", "Keyword,Added\ncat,1\n猫,2\n".encode()),
        ],
    )
    def test_its_lines_are_added(self, ask, vocabulary, upload, name, content):
        result = ask.data("AddKeywords", LibId=vocabulary.pk, KeywordsObject=upload(name, content))

        assert result["KeywordsResult"]["SuccessCount"] == 2
        assert words_of(vocabulary.pk) == ["cat", "猫"]

    def test_a_library_is_created_with_them(self, ask, upload):
        data = ask.data("AddKeywordLib", LibName="New", KeywordsObject=upload("a/w.txt", b"cat"))

        assert words_of(data["LibId"]) == ["cat"]

    @pytest.mark.parametrize(
        ("content", "code"), [(b"", 407), (b"\xff\xfe\xfa", 407), (b"a\n" * 100_001, 407)]
    )
    def test_what_cannot_be_read_changes_nothing(self, ask, vocabulary, upload, content, code):
        answer = ask(
            "AddKeywords", LibId=vocabulary.pk, KeywordsObject=upload("upload/words.txt", content)
        )

        assert answer["Code"] == code
        assert words_of(vocabulary.pk) == []

    def test_the_upload_of_another_account_does_not_exist(self, ask, vocabulary, upload):
        foreign = upload("upload/w.txt", b"cat", account=AccessKeyFactory.create().account)

        assert ask("AddKeywords", LibId=vocabulary.pk, KeywordsObject=foreign)["Code"] == 404

    def test_another_address_is_not_opened(self, ask, vocabulary):
        address = "https://example.com/words.txt"

        assert ask("AddKeywords", LibId=vocabulary.pk, KeywordsObject=address)["Code"] == 404


class TestReading:
    def test_all_are_listed_by_name_with_the_services_that_use_them(
        self, ask, account, vocabulary, service
    ):
        ask("AddKeywords", LibId=vocabulary.pk, Keywords="cat\ndog")
        other = VocabularyFactory.create(account=account, name="Names")
        VocabularyFactory.create(name="Of somebody else")
        for code in (service.code, "postImageCheck"):
            save_configuration(
                service=account.services.get(code=code),
                change=ConfigurationChange(
                    policies={DRUG_TEXT: {"vocabulary_id": vocabulary.pk}},
                    ignored_vocabulary_ids=frozenset({vocabulary.pk}),
                ),
                author=ask.access_key,
            )

        Vocabulary.objects.update(changed_at=datetime(2026, 1, 31, 8, tzinfo=UTC))
        assert_golden(
            "list_keyword_libs",
            ask("ListKeywordLibs"),
            LibId=[str(other.pk), str(vocabulary.pk)],
            Uid=account.uid,
        )

    def test_the_queries_do_not_grow_with_the_libraries(self, ask, account, service):
        VocabularyFactory.create_batch(2, account=account)
        ask("ListKeywordLibs")
        with CaptureQueriesContext(connection) as few:
            ask("ListKeywordLibs")
        VocabularyFactory.create_batch(10, account=account)

        with CaptureQueriesContext(connection) as many:
            assert len(ask.data("ListKeywordLibs")) == 12

        assert len(many) == len(few) <= 7

    def test_one_is_described(self, ask, account, vocabulary):
        answer = ask("GetKeywordLib", LibId=vocabulary.pk)

        assert_golden(
            "get_keyword_lib",
            answer,
            LibId=str(vocabulary.pk),
            GmtModified=server_time(vocabulary.changed_at),
            Uid=account.uid,
        )

    def test_words_are_newest_first_or_as_sorted(self, ask, vocabulary):
        ask("AddKeywords", LibId=vocabulary.pk, Keywords="cat\nCatfish\ndog")

        def words(**parameters):
            items = ask.data("ListKeywords", LibId=vocabulary.pk, **parameters)["Items"]
            return [item["Word"] for item in items]

        assert words() == ["dog", "Catfish", "cat"]
        assert words(Sort={"GmtCreate": "asc"}) == ["cat", "Catfish", "dog"]
        assert words(Word="CAT") == ["Catfish", "cat"]
        assert words(CurrentPage=2, PageSize=2) == ["cat"]
        assert words(CurrentPage=9) == []

    def test_a_page_of_words(self, ask, vocabulary):
        ask("AddKeywords", LibId=vocabulary.pk, Keywords="cat\ndog")
        keyword = vocabulary.keywords.get(text="cat")

        assert_golden(
            "list_keywords",
            ask("ListKeywords", LibId=vocabulary.pk, Word="ca"),
            Id=keyword.pk,
            KeywordLibId=str(vocabulary.pk),
            GmtCreate=server_time(keyword.added_at),
            GmtModified=server_time(keyword.added_at),
        )

    def test_the_queries_do_not_grow_with_the_words(self, ask, vocabulary):
        ask("AddKeywords", LibId=vocabulary.pk, Keywords="cat")
        with CaptureQueriesContext(connection) as few:
            ask("ListKeywords", LibId=vocabulary.pk)
        ask("AddKeywords", LibId=vocabulary.pk, Keywords="\n".join(map(str, range(50))))

        with CaptureQueriesContext(connection) as many:
            ask("ListKeywords", LibId=vocabulary.pk, PageSize=100)

        assert len(many) == len(few) <= 5

    @pytest.mark.parametrize(
        "parameters",
        [
            {"CurrentPage": 0},
            {"CurrentPage": "9" * 19},
            {"PageSize": 0},
            {"PageSize": 101},
            {"PageSize": "ten"},
            {"Word": "a\0b"},
            {"Sort": "GmtCreate"},
            {"Sort": {"Word": "asc"}},
            {"Sort": {"GmtCreate": "up"}},
            {"Sort": {"GmtCreate": "asc", "Id": "asc"}},
        ],
    )
    def test_a_page_that_cannot_be_is_401(self, ask, vocabulary, parameters):
        assert ask("ListKeywords", LibId=vocabulary.pk, **parameters)["Code"] == 401


class TestChanging:
    def test_a_new_name(self, ask, vocabulary):
        assert ask.data("UpdateKeywordLib", LibId=vocabulary.pk, LibName="Jargon") is True

        vocabulary.refresh_from_db()
        assert vocabulary.name == "Jargon"

    def test_words_are_added_and_published(self, ask, vocabulary):
        answer = ask("AddKeywords", LibId=vocabulary.pk, Keywords="cat")

        report = vocabulary.imports.get()
        assert_golden("add_keywords", answer, LibId=str(vocabulary.pk), TaskId=str(report.pk))
        published = Publication.objects.of(Publication.Topic.KEYWORDS, vocabulary.pk).get()
        assert published.details == {"keywords": ["cat"]}

    def test_the_newer_name_of_the_action_answers_without_a_code(self, ask, vocabulary):
        answer = ask("AddKeywordsToLib", LibId=vocabulary.pk, Keywords="cat")

        assert set(answer) == {"Data", "RequestId"}
        assert answer["Data"]["KeywordsResult"]["SuccessCount"] == 1

    @pytest.mark.parametrize(
        ("parameters", "status", "code"),
        [
            ({"Keywords": "cat"}, 400, "MissingParameter"),
            ({"LibId": "1"}, 400, "InvalidParameter"),
            ({"LibId": "one", "Keywords": "cat"}, 400, "InvalidParameter"),
        ],
    )
    def test_without_a_code_errors_are_those_of_the_gateway(self, ask, parameters, status, code):
        got, answer = ask.response("AddKeywordsToLib", **parameters)

        assert (got, answer["Code"]) == (status, code)
        assert answer["Message"]

    def test_what_became_of_an_import_can_be_asked_again(self, ask, vocabulary):
        added = ask.data("AddKeywords", LibId=vocabulary.pk, Keywords="cat\nc@t")

        again = ask("GetKeywordImportResult", TaskId=added["TaskId"])

        assert again["Data"] == added["KeywordsResult"]
        assert_golden("get_keyword_import_result", again, LibId=str(vocabulary.pk))

    def test_words_without_room_count_as_invalid(self, ask, vocabulary, settings):
        settings.MAX_KEYWORDS = 1

        result = ask.data("AddKeywords", LibId=vocabulary.pk, Keywords="a\nb")["KeywordsResult"]

        assert (result["SuccessCount"], result["InvalidKeywords"]) == (1, ["b"])
        assert result["Tips"] == "No room for 1 keywords."

    @pytest.mark.parametrize("written", ["[{}]", '["{}"]', "{}", "[{},999999]"])
    @pytest.mark.parametrize("name", ["KeywordIds", "KeywordIdList"])
    def test_words_are_deleted_by_id(self, ask, vocabulary, written, name):
        ask("AddKeywords", LibId=vocabulary.pk, Keywords="cat\ndog")
        wanted = vocabulary.keywords.get(text="cat").pk

        assert ask.data("DeleteKeyword", LibId=vocabulary.pk, **{name: written.format(wanted)})

        assert words_of(vocabulary.pk) == ["dog"]

    def test_words_of_other_vocabularies_are_not_deleted(self, ask, account, vocabulary):
        other = VocabularyFactory.create(account=account)
        ask("AddKeywords", LibId=other.pk, Keywords="cat")

        ask.data("DeleteKeyword", LibId=vocabulary.pk, KeywordIds=[other.keywords.get().pk])

        assert words_of(other.pk) == ["cat"]

    @pytest.mark.parametrize(
        ("ids", "code"),
        [("", 400), ("[", 401), ("{}", 401), ("[1.5]", 401), ("[-1]", 401), ("[true]", 401)],
    )
    def test_ids_that_are_none_are_refused(self, ask, vocabulary, ids, code):
        assert ask("DeleteKeyword", LibId=vocabulary.pk, KeywordIds=ids)["Code"] == code

    def test_too_many_ids_are_402(self, ask, vocabulary):
        ids = list(range(1, 10_002))

        assert ask("DeleteKeyword", LibId=vocabulary.pk, KeywordIds=ids)["Code"] == 402

    def test_a_library_in_use_is_taken_out_of_the_rules_and_deleted(self, ask, vocabulary, service):
        change = ConfigurationChange(ignored_vocabulary_ids=frozenset({vocabulary.pk}))
        save_configuration(service=service, change=change, author=ask.access_key)

        answer = ask.answer("DeleteKeywordLib", LibId=vocabulary.pk)

        assert answer["Data"] is True
        assert not Vocabulary.objects.exists()
        newest = Service.objects.get(pk=service.pk).newest_version
        assert newest.number == 3
        assert newest.comment == f"DeleteKeywordLib {answer['RequestId']}"
        assert newest.saved_by == ask.access_key.author_name


CALLS_OF_ONE = [
    ("GetKeywordLib", {}),
    ("UpdateKeywordLib", {"LibName": "Mine"}),
    ("DeleteKeywordLib", {}),
    ("ListKeywords", {}),
    ("AddKeywords", {"Keywords": "cat"}),
    ("DeleteKeyword", {"KeywordIds": [1]}),
    ("ExportKeyword", {}),
]


@pytest.mark.parametrize(("action", "parameters"), CALLS_OF_ONE)
class TestForeignLibraries:
    def test_that_of_another_account_does_not_exist(self, ask, action, parameters):
        foreign = VocabularyFactory.create(name="Theirs")

        answer = ask(action, LibId=foreign.pk, **parameters)

        assert (answer["Code"], answer["Msg"]) == (401, f"LibId {foreign.pk} is not known.")
        foreign.refresh_from_db()
        assert (foreign.name, foreign.keywords.count()) == ("Theirs", 0)

    @pytest.mark.parametrize(
        ("library_id", "code"), [("", 400), ("x", 401), ("-1", 401), ("9" * 30, 401), ("1\0", 401)]
    )
    def test_what_is_no_id_is_refused(self, ask, action, parameters, library_id, code):
        assert ask(action, LibId=library_id, **parameters)["Code"] == code


def test_the_import_of_another_account_does_not_exist(ask):
    foreign = ConsoleClient(AccessKeyFactory.create(plain_secret=PLAIN_SECRET))
    task_id = foreign.data("AddKeywordLib", LibName="Theirs", Keywords="cat")["TaskId"]

    assert ask("GetKeywordImportResult", TaskId=task_id)["Code"] == 401
    assert json.loads(task_id)
