"""Links to the rule of a label: the page marks what they name."""

import pytest

from console.roles import Role
from rules.addresses import rule_address
from tests.factories import ServiceFactory


@pytest.fixture
def service(account):
    return ServiceFactory(account=account)


class TestRuleAddress:
    @pytest.mark.parametrize("label", ["violent_gun", "contraband_drug_tii", "violent_gun_lib"])
    @pytest.mark.parametrize("edits", [False, True])
    def test_the_page_marks_the_label_once(self, member_client, service, label, edits):
        address, _, place = rule_address(service, label, edits=edits).partition("#")

        page = member_client(Role.POLICY_MANAGER).get(address).content.decode()

        _, marked = page.split(f'id="{place}"')
        assert label in marked[: marked.index("</code>") + 30]
        assert ('class="card editing"' in page) is edits

    def test_a_label_of_no_rule_has_no_address(self, service):
        assert rule_address(service, "nonLabel") == ""
        assert rule_address(service, "nonLabel_lib") == ""
