"""The actions about services and their rules, on the services that the pages use."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.models import AuditEntry, Publication
from rules.changes import ScopeChange
from rules.models import LabelRule, RulesetVersion, Service
from rules.services import copy_service, save_scope
from tests.factories import (
    AccessKeyFactory,
    ImageLibraryFactory,
    ServiceFactory,
    VocabularyFactory,
)
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.golden_answers import assert_golden
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db
SERVICE, SCENE = "baselineCheck_global", "contraband"
DRUG, DRUG_TEXT, GAMBLE = "contraband_drug", "contraband_drug_tii", "contraband_gamble"
LABELS: dict[str, list[str]] = {"Labels": []}


@pytest.fixture
def service(account):
    return ServiceFactory.create(account=account, code=SERVICE)


@pytest.fixture
def ask(service):
    """Call an action with a key of the account: ask("GetServiceConf", ServiceCode=...)."""
    key = AccessKeyFactory.create(account=service.account, plain_secret=PLAIN_SECRET)
    return ConsoleClient(key)


@pytest.fixture
def update(ask):
    """Save labels of the scene: update([{"Label": ..., "Enabled": False}])."""

    def save(labels=None, **parameters):
        if labels is not None:
            parameters = {"Scene": SCENE, "SceneConfig": {"Labels": labels}, **parameters}
        return ask("UpdateServiceConfig", **{"ServiceCode": SERVICE, **parameters})

    return save


def newest():
    return Service.objects.get(code=SERVICE).newest_version


def policy(label=DRUG):
    return newest().ruleset.policies[label]


class TestListServiceConfigs:
    def test_built_in_services_and_copies(self, ask, service, account):
        copy_service(
            source=service, code=None, name="Chat", description="Rooms", author=ask.access_key
        )
        Service.objects.exclude(code__startswith=SERVICE).delete()
        RulesetVersion.objects.update(created_at=datetime(2026, 1, 31, 8, tzinfo=UTC))

        answer = ask("ListServiceConfigs", ResourceType="image", UseStatus="in")

        assert_golden("list_service_configs", answer, Uid=account.uid)

    def test_the_queries_do_not_grow_with_the_services(self, ask, service):
        ask("ListServiceConfigs", ResourceType="image")
        with CaptureQueriesContext(connection) as few:
            ask("ListServiceConfigs", ResourceType="image")
        for _ in range(5):
            copy_service(source=service, code=None, name="", description="", author=ask.access_key)

        with CaptureQueriesContext(connection) as many:
            assert ask.data("ListServiceConfigs", ResourceType="image")[3]["ServiceCode"] == SERVICE

        assert len(many) == len(few) <= 6

    @pytest.mark.parametrize(
        "parameters", [{"ResourceType": "text"}, {"ResourceType": "image", "UseStatus": "out"}]
    )
    def test_there_are_none_of_another_kind(self, ask, parameters):
        assert ask.data("ListServiceConfigs", **parameters) == []

    def test_its_kind_is_needed(self, ask):
        assert ask("ListServiceConfigs")["Code"] == 400


class TestCopying:
    def test_a_copy_gets_the_lowest_free_code(self, ask, account):
        for name in ("One", "Two"):
            assert ask("CopyServiceConfig", ServiceCode=SERVICE, ServiceName=name)["Data"] is True

        assert account.services.get(code=f"{SERVICE}_01").name == "One"
        copy = account.services.get(code=f"{SERVICE}_02")
        assert copy.newest_version.saved_by == ask.access_key.author_name
        assert AuditEntry.objects.filter(action="service.copy").count() == 2

    def test_a_copy_of_a_copy_counts_from_the_built_in_one(self, ask, account):
        ask("CopyServiceConfig", ServiceCode=SERVICE, ServiceName="One", ServiceDesc="First")
        ask("CopyServiceConfig", ServiceCode=f"{SERVICE}_01", ServiceName="Two")

        codes = account.services.filter(code__startswith=SERVICE).values_list("code", flat=True)
        assert sorted(codes) == [SERVICE, f"{SERVICE}_01", f"{SERVICE}_02"]

    @pytest.mark.parametrize("action", ["CopyServiceConfig", "ModifyServiceInfo"])
    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"ServiceName": "New"}, "MissingParameter"),
            ({"ServiceCode": "nonsense", "ServiceName": "New"}, "InvalidParameter"),
            ({"ServiceCode": SERVICE, "ServiceName": "a" * 81}, "InvalidParameter"),
            ({"ServiceCode": SERVICE, "ServiceName": "a\nb"}, "InvalidParameter"),
            (
                {"ServiceCode": SERVICE, "ServiceName": "New", "ServiceDesc": "a" * 301},
                "InvalidParameter",
            ),
        ],
    )
    def test_errors_are_those_of_the_gateway(self, ask, account, action, parameters, code):
        before = account.services.count()

        status, answer = ask.response(action, **parameters)

        assert (status, answer["Code"]) == (400, code)
        assert account.services.count() == before

    def test_a_copy_needs_a_name(self, ask):
        assert ask.response("CopyServiceConfig", ServiceCode=SERVICE)[0] == 400

    def test_the_service_of_another_account_cannot_be_copied(self, ask):
        theirs = ServiceFactory.create()
        copy_service(source=theirs, code="theirs", name="", description="", author=ask.access_key)

        assert ask.response("CopyServiceConfig", ServiceCode="theirs", ServiceName="x")[0] == 400

    def test_what_is_not_sent_of_name_and_description_stays(self, ask, service):
        ask("ModifyServiceInfo", ServiceCode=SERVICE, ServiceDesc="For chats")
        service.refresh_from_db()
        name = service.name

        ask("ModifyServiceInfo", ServiceCode=SERVICE, ServiceName="Rooms")

        service.refresh_from_db()
        assert (service.name, service.description) == ("Rooms", "For chats")
        assert name
        ask("ModifyServiceInfo", ServiceCode=SERVICE, ServiceDesc="")
        service.refresh_from_db()
        assert (service.name, service.description) == ("Rooms", "")


class TestReading:
    def test_one_scene(self, ask, account, update):
        library, exempt = ImageLibraryFactory.create_batch(2, account=account)
        words, ignored = VocabularyFactory.create_batch(2, account=account)
        update(
            [
                {"Label": DRUG, "Enabled": False, "HighScore": 85.5, "ImageLibs": [library.pk]},
                {"Label": DRUG_TEXT, "KeywordLibs": [str(words.pk)]},
            ],
            KeywordFilterLibs=[ignored.pk],
        )
        account.services.get(code=SERVICE).exemptions.create(image_library=exempt)
        version = newest()
        version.document["exempt_library_ids"] = [exempt.pk]
        version.created_at = datetime(2026, 1, 31, 8, tzinfo=UTC)
        version.save()

        answer = ask("GetServiceConf", ServiceCode=SERVICE, Scene=SCENE)

        assert_golden(
            "get_service_conf",
            answer,
            Uid=account.uid,
            ImageLibs=str(library.pk),
            KeywordLibs=str(words.pk),
            KeywordFilterLibs=str(ignored.pk),
            FreeInspectionLibs=str(exempt.pk),
        )

    def test_all_scenes_have_each_label_once(self, ask, service):
        scenes = ask("GetServiceConf", ServiceCode=SERVICE)["CustomServiceConf"]["Scenes"]

        labels = [label["Label"] for scene in scenes for label in scene["Labels"]]
        assert sorted(labels) == sorted(service.definition.labels)
        assert len(scenes) == 9

    def test_a_scene_may_be_named_as_the_console_does(self, ask):
        conf = ask("GetServiceConf", ServiceCode=SERVICE, Scene="prohibited")["CustomServiceConf"]

        assert [scene["Scene"] for scene in conf["Scenes"]] == [SCENE]

    def test_the_factory_rules(self, ask, account, update):
        library = ImageLibraryFactory.create(account=account)
        update([{"Label": DRUG, "Enabled": False, "MediumScore": 10, "ImageLibs": [library.pk]}])

        conf = ask("GetServiceConf", ServiceCode=SERVICE, Scene=SCENE, ByDefault="True")

        (scene,) = conf["CustomServiceConf"]["Scenes"]
        (drug,) = [label for label in scene["Labels"] if label["Label"] == DRUG]
        assert (drug["Enabled"], drug["MediumScore"], drug["ImageLibs"]) == (True, 60, [])

    @pytest.mark.parametrize(
        ("action", "parameters", "code"),
        [
            ("GetServiceConf", {}, 400),
            ("GetServiceConf", {"ServiceCode": "nonsense"}, 401),
            ("GetServiceConf", {"ServiceCode": SERVICE, "Scene": "sunshine"}, 401),
            ("GetServiceConf", {"ServiceCode": "riskDetection", "Scene": SCENE}, 401),
            ("GetServiceConf", {"ServiceCode": SERVICE, "ByDefault": "perhaps"}, 401),
            ("GetServiceConfig", {}, 400),
            ("GetServiceConfig", {"ServiceCode": "nonsense"}, 401),
            ("GetServiceConfig", {"ServiceCode": "a\0"}, 401),
        ],
    )
    def test_what_is_not_there_is_refused(self, ask, action, parameters, code):
        answer = ask(action, **parameters)

        assert (answer["Code"], answer["Success"]) == (code, False)

    def test_vocabularies_and_manual_review(self, ask, account, update):
        ignored, flagged = VocabularyFactory.create_batch(2, account=account)
        review = {"Enable": True, "ManualService": "m1", "AuditRiskLevels": ["high"]}
        update(
            KeywordFilterLibs=[ignored.pk],
            KeywordHitLibs=[flagged.pk],
            ManualMachineConfig=review | {"CallbackId": 7},
        )
        RulesetVersion.objects.update(created_at=datetime(2026, 1, 31, 8, tzinfo=UTC))

        assert_golden(
            "get_service_config",
            ask("GetServiceConfig", ServiceCode=SERVICE),
            Uid=account.uid,
            KeywordFilterLibs=str(ignored.pk),
            KeywordHitLibs=str(flagged.pk),
        )

    def test_a_vocabulary_that_was_deleted_is_named_no_more(self, ask, account, update):
        words = VocabularyFactory.create(account=account)
        update(KeywordHitLibs=[words.pk], KeywordFilterLibs=[words.pk])

        ask("DeleteKeywordLib", LibId=words.pk)

        conf = ask.data("GetServiceConfig", ServiceCode=SERVICE)["CustomServiceConf"]
        assert (conf["KeywordHitLibs"], conf["KeywordFilterLibs"]) == ([], [])

    @pytest.mark.parametrize("action", ["GetServiceConf", "GetServiceConfig"])
    def test_a_service_costs_the_same_however_many_labels_it_has(self, ask, action):
        counts = []
        for code in ("riskDetection", "profilePhotoCheck"):
            ask(action, ServiceCode=code)
            with CaptureQueriesContext(connection) as queries:
                ask(action, ServiceCode=code)
            counts.append(len(queries))

        assert counts[0] == counts[1] <= 8


class TestUpdating:
    def test_what_is_named_is_changed_as_one_version(self, ask, account, update):
        library = ImageLibraryFactory.create(account=account)
        words = VocabularyFactory.create(account=account)

        answer = update(
            [
                {"Label": DRUG, "Enabled": False, "MediumScore": 55, "HighScore": 85.5},
                {"Label": GAMBLE, "ImageLibs": [str(library.pk)], "Items": []},
            ],
            KeywordFilterLibs=f"[{words.pk}]",
        )

        assert_golden("update_service_config", answer)
        assert newest().number == 2
        assert newest().saved_by == ask.access_key.author_name
        assert newest().comment == f"UpdateServiceConfig {answer['RequestId']}"
        assert (policy().enabled, policy().medium_risk_score) == (False, 55)
        assert policy(GAMBLE).image_library_id == library.pk
        assert policy(GAMBLE).enabled
        assert newest().ruleset.ignored_vocabulary_ids == {words.pk}

    def test_it_is_published(self, update, service):
        update([{"Label": DRUG, "Enabled": False}])

        published = Publication.objects.of(Publication.Topic.RULESET, service.pk)
        assert published[0].details == {"version": 2}

    def test_lists_are_replaced(self, account, update):
        library, words = (
            make(account=account) for make in (ImageLibraryFactory, VocabularyFactory)
        )
        update(
            [{"Label": DRUG_TEXT, "ImageLibs": [library.pk], "KeywordLibs": [words.pk]}],
            KeywordFilterLibs=[words.pk],
        )

        update([{"Label": DRUG_TEXT, "ImageLibs": [], "KeywordLibs": []}], KeywordFilterLibs=[])

        drug = policy(DRUG_TEXT)
        assert (drug.image_library_id, drug.vocabulary_id) == (None, None)
        assert not newest().ruleset.ignored_vocabulary_ids

    def test_names_may_begin_with_a_small_letter(self, update):
        update(SceneConfig={"labels": [{"label": DRUG, "enabled": False}]}, Scene="prohibited")

        assert not policy().enabled

    def test_what_a_page_saved_in_between_stays(self, service, ask, update):
        change = ScopeChange(
            label=DRUG,
            enabled=False,
            medium_risk_score=Decimal(10),
            high_risk_score=Decimal(20),
        )
        save_scope(service=service, changes=[change], based_on=1, author=ask.access_key)

        update([{"Label": DRUG, "HighScore": 30}])

        assert (policy().enabled, policy().medium_risk_score) == (False, 10)
        assert policy().high_risk_score == 30

    def test_nothing_that_differs_is_a_success_without_a_version(self, update):
        assert update([{"Label": DRUG, "Enabled": True}])["Data"] is True
        assert update()["Data"] is True
        assert newest().number == 1

    @pytest.mark.parametrize(
        "label",
        [
            {"Label": "sunshine"},
            {"Label": "violent_gun"},  # of another scene
            {},
            {"Label": DRUG, "MediumScore": 90, "HighScore": 80},
            {"Label": DRUG, "MediumScore": 81},
            {"Label": DRUG, "HighScore": 100.5},
            {"Label": DRUG, "MediumScore": -1},
            {"Label": DRUG, "HighScore": 85.555},
            {"Label": DRUG, "HighScore": "85"},
            {"Label": DRUG, "HighScore": True},
            {"Label": DRUG, "HighScore": 10**400},
            {"Label": DRUG, "HighScore": float("nan")},
            {"Label": DRUG, "HighScore": float("inf")},
            {"Label": DRUG, "Enabled": "yes"},
            {"Label": DRUG, "Items": [{"ItemId": "pills", "Enabled": False}]},
            {"Label": DRUG, "ImageLibs": [4711]},
            {"Label": DRUG, "ImageLibs": [1, 2]},
            {"Label": DRUG, "ImageLibs": "1"},
            {"Label": DRUG_TEXT, "KeywordLibs": [4711]},
            {"Label": DRUG_TEXT, "KeywordLibs": [{"Id": 1}]},
        ],
    )
    def test_one_bad_value_changes_nothing(self, update, label):
        answer = update([{"Label": GAMBLE, "Enabled": False}, label])

        assert (answer["Code"], answer["HttpStatusCode"], answer["Success"]) == (401, 401, False)
        assert newest().number == 1
        assert LabelRule.objects.get(service__code=SERVICE, label=GAMBLE).enabled

    def test_vocabularies_are_for_text_alone(self, account, update):
        words = VocabularyFactory.create(account=account)

        assert update([{"Label": DRUG, "KeywordLibs": [words.pk]}])["Code"] == 401

    def test_libraries_of_others_do_not_exist(self, update):
        image, words = ImageLibraryFactory.create().pk, VocabularyFactory.create().pk

        assert update([{"Label": DRUG, "ImageLibs": [image]}])["Code"] == 401
        assert update([{"Label": DRUG_TEXT, "KeywordLibs": [words]}])["Code"] == 401
        assert update(KeywordFilterLibs=[words])["Code"] == 401
        assert update(KeywordHitLibs=[words])["Code"] == 401

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"ServiceCode": ""}, 400),
            ({"ServiceCode": "nonsense"}, 401),
            ({"SceneConfig": LABELS}, 400),
            ({"SceneConfig": LABELS, "Scene": "sunshine"}, 401),
            ({"SceneConfig": "[]", "Scene": SCENE}, 401),
            ({"SceneConfig": "{", "Scene": SCENE}, 401),
            ({"SceneConfig": {"Labels": {}}, "Scene": SCENE}, 401),
            ({"SceneConfig": {"Labels": [1]}, "Scene": SCENE}, 401),
            ({"KeywordFilterLibs": "{}"}, 401),
            ({"KeywordFilterLibs": "x"}, 401),
            ({"ManualMachineConfig": "[]"}, 401),
            ({"ManualMachineConfig": {"Enable": "yes"}}, 401),
            ({"ManualMachineConfig": {"AuditRiskLevels": ["awful"]}}, 401),
            ({"ManualMachineConfig": {"AuditRiskLevels": "high"}}, 401),
            ({"ManualMachineConfig": {"CallbackId": "x"}}, 401),
            ({"DryRun": "perhaps"}, 401),
            ({"ClientToken": "a" * 65}, 402),
            ({"ClientToken": "a\0"}, 401),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, update, parameters, code):
        assert update(**parameters)["Code"] == code
        assert newest().number == 1

    def test_a_dry_run_checks_and_changes_nothing(self, update):
        good, bad = [{"Label": DRUG, "Enabled": False}], [{"Label": DRUG, "HighScore": 1}]

        assert update(good, DryRun="True")["Data"] is True
        assert update(bad, DryRun="true")["Code"] == 401

        assert newest().number == 1
        assert policy().enabled

    def test_a_repeated_token_answers_as_before_and_changes_nothing(self, update):
        first = update([{"Label": DRUG, "Enabled": False}], ClientToken="t1")
        update([{"Label": DRUG, "Enabled": True}])

        again = update([{"Label": DRUG, "Enabled": False}], ClientToken="t1")

        assert again | {"RequestId": ""} == first | {"RequestId": ""}
        assert policy().enabled
        assert newest().number == 3


class TestCatalogues:
    def test_the_built_in_services_as_they_are_installed(self, ask, service, update):
        update([{"Label": DRUG, "Enabled": False}])
        copy_service(source=service, code=None, name="", description="", author=ask.access_key)

        data = ask.data("GetImageSceneLabelConf")

        assert len(data) == 25
        (one,) = [entry for entry in data if entry["ServiceCode"] == SERVICE]
        scenes = {scene["Scene"]: scene for scene in one["Scenes"]}
        drug = scenes[SCENE]["Labels"][0]
        assert (drug["Label"], drug["Enabled"], drug["ImageLibs"]) == (DRUG, True, [])

    def test_the_labels_of_one_service(self, ask):
        answer = ask("GetImageSceneLabelListConf", ImageServiceCode="riskDetection")

        assert_golden("get_image_scene_label_list_conf", answer)

    def test_the_labels_to_filter_by(self, ask):
        answer = ask("GetServiceLabelConfig", ServiceCode="riskDetection")

        assert_golden("get_service_label_config", answer)

    def test_the_labels_of_several_services_each_once(self, ask):
        codes = "riskDetection, riskDetection_cb"

        answer = ask("QueryLabelConfig", ServiceCode=codes)

        assert len(answer["ContentModeration"]) == 2
        assert len(ask("QueryLabelConfig")["ContentModeration"]) > 100

    @pytest.mark.parametrize(
        ("action", "parameters", "code"),
        [
            ("GetImageSceneLabelListConf", {}, "MissingParameter"),
            ("GetImageSceneLabelListConf", {"ImageServiceCode": "x"}, "InvalidParameter"),
            ("GetServiceLabelConfig", {}, "MissingParameter"),
            ("GetServiceLabelConfig", {"ServiceCode": "x"}, "InvalidParameter"),
            ("QueryLabelConfig", {"ServiceCode": f"{SERVICE},x"}, "InvalidParameter"),
        ],
    )
    def test_errors_are_those_of_the_gateway(self, ask, action, parameters, code):
        status, answer = ask.response(action, **parameters)

        assert (status, answer["Code"]) == (400, code)

    def test_the_product_is_paid_for(self, ask):
        assert_golden("get_user_buy_status", ask("GetUserBuyStatus"))
