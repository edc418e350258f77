"""Installing the catalogue and recording versions."""

import pytest

from console.models import Account
from moderation.catalogue import load_catalogue
from rules.live import live_ruleset
from rules.models import LabelRule, RulesetVersion
from rules.services import install_catalogue, record_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return Account.objects.create(name="Photos")


class TestInstallCatalogue:
    def test_an_account_gets_every_service_with_its_labels_in_order(self, account):
        install_catalogue(account=account)

        catalogue = load_catalogue()
        assert list(account.services.values_list("code", flat=True)) == list(catalogue.services)
        service = account.services.get(code="baselineCheck_global")
        labels = list(service.label_rules.values_list("label", flat=True))
        assert labels == list(catalogue.services["baselineCheck_global"].labels)

    def test_only_the_documented_labels_are_off_at_first(self, account):
        install_catalogue(account=account)

        off = set(LabelRule.objects.filter(enabled=False).values_list("label", flat=True))
        assert off == {"pt_custom_01", "pt_custom_02", "pornographic_o_tii"}

    def test_the_first_version_is_live_with_scores_60_and_80(self, account):
        install_catalogue(account=account)

        ruleset = live_ruleset(account.services.get(code="baselineCheck_global"))
        assert ruleset.version == 1
        policy = ruleset.policies["violent_gun"]
        assert (policy.medium_risk_score, policy.high_risk_score) == (60, 80)

    def test_large_model_services_have_their_own_limits(self, account):
        install_catalogue(account=account)

        ruleset = live_ruleset(account.services.get(code="postImageCheckByVL_global"))
        assert ruleset.uses_large_model
        assert ruleset.max_side_px == 16_384

    def test_a_second_run_changes_nothing(self, account):
        install_catalogue(account=account)
        LabelRule.objects.filter(label="violent_gun").update(enabled=False)

        added = install_catalogue(account=account)

        assert added == []
        assert not LabelRule.objects.filter(label="violent_gun", enabled=True).exists()


class TestRecordVersion:
    def test_a_new_version_is_live_and_the_old_one_is_kept(self, account):
        install_catalogue(account=account)
        service = account.services.get(code="baselineCheck_global")
        service.label_rules.filter(label="violent_gun").update(high_risk_score=90)

        version = record_version(service=service, author=None, comment="Raise the gun score")

        service.refresh_from_db()
        assert version.number == service.version == 2
        assert live_ruleset(service).policies["violent_gun"].high_risk_score == 90
        old = RulesetVersion.objects.get(service=service, number=1).ruleset
        assert old.policies["violent_gun"].high_risk_score == 80

    def test_two_accounts_do_not_share_versions(self, account):
        other = Account.objects.create(name="Chats")
        install_catalogue(account=account)
        install_catalogue(account=other)
        service = account.services.get(code="baselineCheck")

        record_version(service=service, author=None, comment="")

        assert other.services.get(code="baselineCheck").version == 1
