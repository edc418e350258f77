"""System health: what is measured, and what is said of each part that is not well."""

from collections import namedtuple
from datetime import timedelta

import pytest
import redis
from django.template.loader import render_to_string
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from console.models import ModeratingProcess, PublicationCounter
from console.publication import PublicationState, State
from console.roles import Role
from stats import background, health
from stats.background import BackgroundStatus
from tests.factories import MemberFactory
from tests.html import faults

HEALTH = "/health/"
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def client(member_client):
    return member_client()


@pytest.fixture
def status(monkeypatch):
    """Let the broker and the workers be found like this."""

    def found(**values):
        status = BackgroundStatus(**{"is_connected": True, "workers": 2} | values)
        monkeypatch.setattr(health, "background_status", lambda: status)

    found()
    return found


def add_process(kind="web", *, seen_s_ago=1, applied=0, host="console-1"):
    return ModeratingProcess.objects.create(
        kind=kind,
        host=host,
        pid=4242,
        applied_number=applied,
        seen_at=timezone.now() - timedelta(seconds=seen_s_ago),
    )


def part_of(response, name):
    return next(part for part in response.context["parts"] if part.name == name)


@pytest.mark.usefixtures("status")
class TestProcesses:
    def test_those_that_run_are_well(self, client):
        add_process("web")
        add_process("worker")

        page = client.get(HEALTH)

        assert part_of(page, "Web processes").state == "live"
        assert part_of(page, "Worker processes").measured == "1 running"
        assertContains(page, "Up to date", count=2)
        assert faults(page.content.decode()) == []

    def test_a_kind_of_which_none_runs_says_what_to_do(self, client):
        add_process("web", seen_s_ago=60)

        page = client.get(HEALTH)

        for name in ("Web processes", "Worker processes"):
            part = part_of(page, name)
            assert part.state == "failed"
            assert "make run" in part.fix
        assertContains(page, "Not seen")

    def test_one_that_lacks_the_newest_rules_is_shown(self, client):
        PublicationCounter.objects.update_or_create(pk=1, defaults={"last_number": 7})
        add_process("web", applied=7)
        add_process("web", applied=5)

        page = client.get(HEALTH)

        assert [row.behind for row in page.context["processes"]] == [0, 2]
        assert part_of(page, "Web processes").state == "pending"
        assertContains(page, "2 behind")

    def test_one_that_ended_long_ago_is_not_shown(self, client):
        add_process("web", seen_s_ago=2 * 24 * 3600, host="long-gone")

        page = client.get(HEALTH)

        assertNotContains(page, "long-gone")
        assertContains(page, "No process was seen within a day")

    def test_the_queries_do_not_grow_with_the_processes(
        self, client, django_assert_max_num_queries
    ):
        for _ in range(12):
            add_process()

        with django_assert_max_num_queries(6):
            client.get(HEALTH)


class TestBackground:
    def test_each_queue_is_counted(self, client, monkeypatch):
        lengths = {"celery": 3, "asynchronous": 41}
        broker = redis.Redis()
        monkeypatch.setattr(broker, "llen", lengths.__getitem__)
        monkeypatch.setattr(background.redis.Redis, "from_url", lambda *_, **__: broker)
        monkeypatch.setattr(background.app.control, "ping", lambda **_: [{}])

        page = client.get(HEALTH)

        measured = part_of(page, "Redis").measured
        assert "celery: 3" in measured
        assert "asynchronous: 41" in measured
        assert part_of(page, "Background work").state == "live"

    @pytest.mark.parametrize(("is_own", "advice"), [(True, "Valkey"), (False, "REDIS_URL")])
    def test_a_broker_that_is_away_says_what_to_do(self, is_own, advice, client, status, settings):
        settings.OWN_VALKEY = is_own
        status(is_connected=False, workers=0)

        page = client.get(HEALTH)

        part = part_of(page, "Redis")
        assert part.state == "failed"
        assert advice in part.fix
        assertContains(page, part.fix)

    def test_workers_that_do_not_answer_are_red(self, client, status):
        status(workers=0)

        assert part_of(client.get(HEALTH), "Background work").state == "failed"


@pytest.mark.usefixtures("status")
class TestStores:
    def test_the_database_is_asked(self, client):
        assert "answered in" in part_of(client.get(HEALTH), "Database").measured

    def test_model_files_that_are_there_are_counted(self, client, settings, tmp_path):
        settings.MODEL_DIR = tmp_path
        (tmp_path / "efficientnet-1.onnx").write_bytes(b"0" * 2048)

        part = part_of(client.get(HEALTH), "Model files")

        assert (part.state, part.measured) == ("live", "1 file, 2.0\xa0KB")

    def test_model_files_that_are_missing_are_red(self, client, settings, tmp_path):
        settings.MODEL_DIR = tmp_path

        part = part_of(client.get(HEALTH), "Model files")

        assert part.state == "failed"
        assert "converts the networks" in part.fix

    def test_the_picture_store_is_written_to(self, client, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path / "media"

        part = part_of(client.get(HEALTH), "Picture store")

        assert part.state == "live"
        assert list((tmp_path / "media").iterdir()) == []

    def test_a_picture_store_that_cannot_be_written_to_is_red(self, client, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path / "media"
        settings.MEDIA_ROOT.write_text("a file is in the way")

        part = part_of(client.get(HEALTH), "Picture store")

        assert part.state == "failed"
        assert "write to" in part.fix

    @pytest.mark.parametrize(
        ("free", "state"), [(2**40, "live"), (2**30, "pending"), (2**20, "failed")]
    )
    def test_the_disk_is_measured(self, free, state, client, monkeypatch):
        monkeypatch.setattr(health.shutil, "disk_usage", lambda _: Usage(2**41, 0, free))

        part = part_of(client.get(HEALTH), "Disk")

        assert part.state == state
        assert bool(part.fix) is (state != "live")


@pytest.mark.parametrize("role", Role)
def test_processes_that_do_not_answer_lead_administrators_here(role, account):
    state = PublicationState(State.PUBLISHING, number=3, running=3, acknowledged=1, is_overdue=True)
    member = MemberFactory.create(account=account, role=role)

    text = render_to_string("includes/silent_processes.html", {"state": state, "member": member})

    assert "2 of 3 processes have not answered" in text
    assert (f'href="{HEALTH}"' in text) is (role == Role.ADMINISTRATOR)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MODERATOR, Role.POLICY_MANAGER])
def test_only_administrators_see_it(role, member_client):
    assert member_client(role).get(HEALTH).status_code == 403
