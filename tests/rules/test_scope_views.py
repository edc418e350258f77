"""The detection scope: what each type shows, and what saving it refuses."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from console.roles import Role
from libraries.engine_config import engine_config
from moderation.catalogue import load_catalogue
from moderation.config import LargeModelConfig
from moderation.detectors.registry import Registry
from rules import scope_page
from rules.changes import ScopeChange
from rules.models import LabelRule, Service
from rules.services import copy_service, record_version, save_scope
from tests.factories import ImageLibraryFactory, MemberFactory, ServiceFactory, VocabularyFactory
from tests.html import faults

PANEL = {"HX-Request": "true", "HX-Target": "scope-panel"}
DRUG = "contraband_drug"


@pytest.fixture
def service(account):
    return ServiceFactory(account=account)


def scope_url(service, type_code="prohibited"):
    return reverse("rules:scope", args=[service.code, type_code])


def save_url(service, type_code="prohibited"):
    return reverse("rules:scope_save", args=[service.code, type_code])


def values(service, type_code="prohibited", *, version=1, **changes):
    """Return what the form sends for a type, with some fields changed (None: left out)."""
    labels = load_catalogue().labels
    sent = {"edited_version": version, "base_version": version, "reviewed": "", "comment": ""}
    for rule in service.label_rules.all():
        if labels[rule.label].detection_type == type_code:
            sent |= {
                f"{rule.label}-medium": rule.medium_risk_score,
                f"{rule.label}-high": rule.high_risk_score,
                **({f"{rule.label}-enabled": "on"} if rule.enabled else {}),
            }
    sent |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in sent.items() if value is not None}


def rule_of(service, label=DRUG):
    return LabelRule.objects.get(service=service, label=label)


class TestScopePage:
    def test_a_service_opens_with_its_first_type(self, member_client, service):
        response = member_client(Role.VIEWER).get(f"/rules/{service.code}/", follow=True)

        assert response.redirect_chain[-1][0] == scope_url(service, "pornographic")

    def test_the_global_baseline_has_seven_types(self, member_client, service):
        page = member_client(Role.VIEWER).get(scope_url(service)).context["page"]

        assert [tab.detection_type.code for tab in page.tabs] == [
            "pornographic",
            "suggestive",
            "terrorism",
            "prohibited",
            "flag",
            "undesirable",
            "abuse",
        ]
        assert [tab.detection_type.code for tab in page.more_tabs] == ["political", "religion"]

    def test_every_label_of_a_service_can_be_adjusted(self, member_client, service):
        client = member_client(Role.POLICY_MANAGER)
        page = client.get(scope_url(service)).context["page"]
        types = [tab.detection_type.code for tab in (*page.tabs, *page.more_tabs)]

        pages = [client.get(scope_url(service, code)).context["page"] for code in types]

        shown = [one.label.code for page in pages for one in page.labels]
        assert sorted(shown) == sorted(service.definition.labels)

    def test_the_prohibited_type_shows_four_labels_all_on(self, member_client, service):
        response = member_client(Role.VIEWER).get(scope_url(service))

        page = response.content.decode()
        assert [(one.label.code, one.rule.enabled) for one in response.context["page"].labels] == [
            ("contraband_drug", True),
            ("contraband_drug_tii", True),
            ("contraband_gamble", True),
            ("contraband_gamble_tii", True),
        ]
        for text in (
            "Detection scope",
            "Detection Scope Configuration",
            "Prohibited Content Detection",
            "Set Labels by Customized Libraries",
            "4 of 4 labels on",
            "text rules",
        ):
            assert text in page
        assert faults(page) == []

    def test_who_may_not_change_rules_sees_no_fields(self, member_client, service):
        page = member_client(Role.MODERATOR).get(scope_url(service)).content.decode()

        assert "?edit" not in page
        assert "<form class" not in page

    def test_a_type_that_the_service_lacks_is_not_found(self, member_client, service):
        assert member_client().get(scope_url(service, "ads")).status_code == 404
        assert member_client().get(scope_url(service, "nonsense")).status_code == 404

    def test_the_service_of_another_account_is_not_found(self, member_client, service):
        other = ServiceFactory()
        Service.objects.filter(pk=other.pk).update(code="theirs")

        client = member_client()

        assert client.get("/rules/theirs/scope/prohibited/").status_code == 404
        assert client.post("/rules/theirs/scope/prohibited/save/").status_code == 404

    def test_a_service_without_labels_says_so(self, member_client, account):
        service = ServiceFactory(account=account, code="generalOcr")

        page = member_client().get(reverse("rules:service", args=[service.code])).content.decode()

        assert "This service has no labels" in page
        assert faults(page) == []

    @pytest.mark.parametrize(
        ("endpoint", "text"),
        [
            (None, "or a large model once connected"),
            (LargeModelConfig("http://localhost:1/v1", "vision-1", "", 1.0), "Large model"),
        ],
    )
    def test_a_label_that_no_detector_sees_says_what_else_can(
        self, endpoint, text, member_client, account, monkeypatch
    ):
        service = ServiceFactory(account=account, code="postImageCheckByVL")
        config = engine_config()
        registry = Registry(
            type(config)(config.model_dir, nudenet=config.nudenet, large_model=endpoint)
        )
        monkeypatch.setattr(scope_page, "local_registry", lambda: registry)

        page = member_client().get(scope_url(service, "political")).content.decode()

        assert text in page

    def test_htmx_gets_the_panel_alone(self, member_client, service):
        fragment = member_client().get(scope_url(service), headers=PANEL).content.decode()

        assert "<html" not in fragment
        assert 'aria-current="page">Prohibited' in fragment
        assert faults(fragment, is_fragment=True) == []

    @pytest.mark.parametrize("query", ["", "?edit", "?edit=libraries"])
    def test_the_biggest_type_is_small_and_cheap(
        self, query, member_client, account, django_assert_max_num_queries
    ):
        service = ServiceFactory(account=account, code="profilePhotoCheck")
        for number in range(20):
            name = f"{number} ".ljust(64, "x")
            vocabulary = VocabularyFactory(account=account, name=name)
            if number < 10:
                library = ImageLibraryFactory(account=account, name=name)
        service.label_rules.update(image_library=library)
        service.label_rules.filter(label__endswith="tii").update(vocabulary=vocabulary)
        client = member_client()

        with django_assert_max_num_queries(15):
            response = client.get(scope_url(service, "political") + query)

        assert len(response.content) < 60_000


class TestEditMode:
    def test_each_label_has_a_switch_and_two_scores(self, member_client, service):
        page = member_client().get(f"{scope_url(service)}?edit").content.decode()

        assert page.count('role="switch"') == 4
        assert page.count('type="number"') == 8
        assert 'name="base_version" value="1"' in page
        assert faults(page) == []

    def test_it_needs_a_policy_manager(self, member_client, service):
        response = member_client(Role.MODERATOR).get(f"{scope_url(service)}?edit")

        assert response.status_code == 403
        assert "needs the role Policy manager" in response.content.decode()


class TestSaveScope:
    def save(self, client, service, *, type_code="prohibited", htmx=True, **changes):
        sent = values(service, type_code, **changes)
        headers = PANEL if htmx else {}
        return client.post(save_url(service, type_code), sent, headers=headers)

    def test_a_switch_and_a_score_are_saved_as_a_version(self, member_client, service):
        client = member_client(Role.POLICY_MANAGER)

        response = self.save(
            client,
            service,
            contraband_drug__enabled=None,
            contraband_gamble__high="92.5",
            comment="Casino",
        )

        service.refresh_from_db()
        version = service.versions.get(number=2)
        assert (service.version, version.comment, version.author) == (2, "Casino", client.member)
        assert rule_of(service).enabled is False
        assert rule_of(service, "contraband_gamble").high_risk_score == Decimal("92.5")
        assert response.status_code == 200
        assert response.headers["HX-Push-Url"] == scope_url(service)
        toast = json.loads(response.headers["HX-Trigger"])["toast"]
        assert toast["text"] == "Saved as version 2"

    def test_the_answer_is_the_panel_and_the_new_state_of_the_header(self, member_client, service):
        response = self.save(member_client(), service, contraband_drug__enabled=None)

        fragment = response.content.decode()
        assert "3 of 4 labels on" in fragment
        assert 'id="service-meta" hx-swap-oob="true"' in fragment
        assert "<form" not in fragment
        assert faults(fragment, is_fragment=True) == []

    def test_without_htmx_it_leads_back_to_the_page(self, member_client, service):
        response = self.save(member_client(), service, htmx=False, contraband_drug__medium="50")

        assert response.headers["Location"] == scope_url(service)
        assert rule_of(service).medium_risk_score == 50

    @pytest.mark.parametrize(
        ("medium", "high", "text"),
        [
            ("80", "80", "must be below the high-risk score"),
            ("90", "80", "must be below the high-risk score"),
            ("0", "80", "Enter two scores from 1 to 100"),
            ("60", "101", "Enter two scores from 1 to 100"),
            ("60.123", "80", "Enter two scores from 1 to 100"),
            ("", "80", "Enter two scores from 1 to 100"),
            ("<b>", "80", "Enter two scores from 1 to 100"),
            ("nan", "80", "Enter two scores from 1 to 100"),
        ],
    )
    def test_scores_that_cannot_be_are_refused_beside_the_field(
        self, medium, high, text, member_client, service
    ):
        response = self.save(
            member_client(),
            service,
            contraband_drug__medium=medium,
            contraband_drug__high=high,
            contraband_gamble__high="95",
        )

        fragment = response.content.decode()
        assert response.status_code == 422
        assert text in fragment
        assert fragment.count('aria-invalid="true"') == 2
        assert 'value="95" data-original="80"' in fragment
        assert "<b>" not in fragment.replace("<b></b>", "")
        assert service.versions.count() == 1
        assert faults(fragment, is_fragment=True) == []

    def test_scores_that_a_program_has_set_do_not_keep_others_from_being_saved(
        self, member_client, service
    ):
        LabelRule.objects.filter(service=service, label=DRUG).update(
            medium_risk_score=0, high_risk_score=0
        )
        record_version(service=service, author=None, comment="")

        sent = values(service, version=2, contraband_gamble__high=85)
        response = member_client(Role.POLICY_MANAGER).post(save_url(service), sent, headers=PANEL)

        assert response.status_code == 200
        assert rule_of(service, "contraband_gamble").high_risk_score == 85
        assert rule_of(service).high_risk_score == 0

    def test_a_save_without_a_difference_says_so(self, member_client, service):
        response = self.save(member_client(), service)

        assert response.status_code == 422
        assert "Nothing differs from what is saved" in response.content.decode()

    @pytest.mark.parametrize("version", ["", "x", "7"])
    def test_a_version_that_is_not_there_is_refused(self, version, member_client, service):
        response = self.save(
            member_client(), service, version=version, contraband_drug__medium="50"
        )

        assert response.status_code == 422
        assert service.versions.count() == 1

    def test_it_needs_a_policy_manager(self, member_client, service):
        response = self.save(member_client(Role.MODERATOR), service, contraband_drug__medium="50")

        assert response.status_code == 403
        assert service.versions.count() == 1

    def test_a_copy_is_changed_apart_from_its_source(self, member_client, service):
        client = member_client()
        copy = copy_service(
            source=service, code="mine", name="Mine", description="", author=client.member
        )

        self.save(client, copy, contraband_drug__enabled=None)

        assert rule_of(copy).enabled is False
        assert rule_of(service).enabled is True

    def test_labels_of_other_types_and_services_cannot_be_sent_along(self, member_client, service):
        self.save(member_client(), service, contraband_drug__medium="50", violent_gun__medium="5")

        assert rule_of(service, "violent_gun").medium_risk_score == 60


class TestReview:
    off = {
        f"{label}__enabled": None
        for label in (
            "contraband_drug",
            "contraband_drug_tii",
            "contraband_gamble",
            "contraband_gamble_tii",
        )
    }

    def test_turning_a_type_off_is_reviewed_first(self, member_client, service):
        response = member_client().post(
            save_url(service), values(service, **self.off), headers=PANEL
        )

        fragment = response.content.decode()
        assert response.headers["HX-Retarget"] == "#modal"
        assert "Save 4 changes" in fragment
        assert fragment.count("<ins>Off</ins>") == 4
        assert service.versions.count() == 1
        assert faults(fragment, is_fragment=True) == []

    def test_what_was_reviewed_is_saved(self, member_client, service):
        sent = values(service, **self.off, reviewed="1")

        member_client().post(save_url(service), sent, headers=PANEL)

        assert service.versions.count() == 2
        assert rule_of(service).enabled is False

    def test_changing_more_than_ten_labels_is_reviewed_first(self, member_client, service):
        labels = load_catalogue().labels
        rules = [
            rule
            for rule in service.label_rules.all()
            if labels[rule.label].detection_type == "terrorism"
        ]
        client = member_client()
        ten, eleven = ({f"{rule.label}__high": "91" for rule in rules[:n]} for n in (10, 11))

        reviewed = client.post(
            save_url(service, "terrorism"), values(service, "terrorism", **eleven), headers=PANEL
        )
        saved = client.post(
            save_url(service, "terrorism"), values(service, "terrorism", **ten), headers=PANEL
        )

        assert reviewed.headers["HX-Retarget"] == "#modal"
        assert "HX-Retarget" not in saved.headers

    def test_without_htmx_the_review_is_a_page_that_can_save(self, member_client, service):
        client = member_client()

        page = client.post(save_url(service), values(service, **self.off)).content.decode()

        assert "Review the changes" in page
        assert 'name="reviewed" value="1"' in page
        assert faults(page) == []


class TestStaleSave:
    def mei_saves(self, service):
        change = ScopeChange(
            label="contraband_gamble",
            enabled=False,
            medium_risk_score=Decimal(60),
            high_risk_score=Decimal(80),
        )
        author = MemberFactory(account=service.account, user__username="mei")
        save_scope(service=service, changes=[change], based_on=1, author=author)

    def test_it_shows_what_changed_in_between_and_saves_nothing(self, member_client, service):
        sent = values(service, contraband_drug__high="95")
        self.mei_saves(service)

        response = member_client().post(save_url(service), sent, headers=PANEL)

        fragment = response.content.decode()
        assert response.status_code == 409
        assert response.headers["HX-Retarget"] == "#modal"
        assert "contraband_gamble" in fragment
        assert "mei" in fragment
        assert rule_of(service).high_risk_score == 80

    def test_mine_applied_again_keeps_what_the_other_changed(self, member_client, service):
        sent = values(service, contraband_drug__high="95")
        self.mei_saves(service)

        response = member_client().post(
            save_url(service), sent | {"base_version": 2}, headers=PANEL
        )

        assert response.status_code == 200
        assert rule_of(service).high_risk_score == 95
        assert rule_of(service, "contraband_gamble").enabled is False
