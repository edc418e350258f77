"""Processes register and acknowledge; what all have taken over is live."""

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from console import cleaning
from console.acknowledging import acknowledge, mark_live, register, show_alive, this_process
from console.models import PROCESS_GONE_AFTER, ModeratingProcess, Publication
from console.services import publish

pytestmark = pytest.mark.django_db
WEB = ModeratingProcess.Kind.WEB
IMAGES = Publication.Topic.IMAGES
ALIVE = os.getppid()


@pytest.fixture
def publication(account):
    return publish(account=account, topic=IMAGES, subject_id=1)


def registered(applied_number=0, *, pid=ALIVE, **fields):
    process = this_process(WEB)
    for name, value in {"applied_number": applied_number, "pid": pid, **fields}.items():
        setattr(process, name, value)
    register(process)
    return process


def pid_of_ended_process():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def applied_numbers():
    return list(ModeratingProcess.objects.values_list("applied_number", flat=True))


class TestMarkLive:
    def test_it_is_live_when_the_last_process_has_it(self, publication):
        first, second = registered(), registered()
        acknowledge(first, publication.number)
        mark_live(0)
        publication.refresh_from_db()
        assert publication.live_at is None

        acknowledge(second, publication.number)
        mark_live(0)

        publication.refresh_from_db()
        assert publication.live_at is not None
        assert publication.process_count == 2

    def test_a_process_that_starts_meanwhile_is_waited_for(self, publication):
        acknowledge(registered(), publication.number)
        late = registered(publication.number - 1)

        mark_live(0)
        publication.refresh_from_db()
        assert publication.live_at is None

        acknowledge(late, publication.number)
        mark_live(0)
        publication.refresh_from_db()
        assert publication.live_at is not None

    def test_a_process_that_died_is_waited_for_no_longer_than_it_may_be_silent(self, publication):
        acknowledge(registered(), publication.number)
        dead = registered()
        mark_live(0)
        publication.refresh_from_db()
        assert publication.live_at is None

        silent_since = timezone.now() - PROCESS_GONE_AFTER - timedelta(seconds=1)
        ModeratingProcess.objects.filter(pk=dead.pk).update(seen_at=silent_since)
        mark_live(0)

        publication.refresh_from_db()
        assert publication.process_count == 1

    def test_without_a_process_nothing_is_live(self, publication):
        mark_live(0)

        publication.refresh_from_db()
        assert publication.live_at is None

    def test_what_is_live_stays_as_it_is(self, publication):
        process = registered(publication.number)
        mark_live(0)
        publication.refresh_from_db()
        before = publication.live_at

        registered(publication.number)
        acknowledge(process, publication.number + 1)
        mark_live(0)

        publication.refresh_from_db()
        assert (publication.live_at, publication.process_count) == (before, 1)


class TestRegister:
    def test_rows_of_processes_that_ended_on_this_host_are_deleted(self, db):
        ended = registered(pid=pid_of_ended_process())
        alive = registered()
        elsewhere = registered(pid=pid_of_ended_process(), host="elsewhere.example")

        process = registered()

        rows = set(ModeratingProcess.objects.values_list("pk", flat=True))
        assert rows == {alive.pk, elsewhere.pk, process.pk}
        assert ended.pk not in rows

    def test_an_earlier_process_with_the_same_id_counts_as_ended(self, db):
        registered(pid=os.getpid())

        process = registered()

        assert [row.pk for row in ModeratingProcess.objects.all()] == [process.pk]

    def test_a_process_whose_row_was_deleted_registers_again(self, db):
        process = registered(5)
        ModeratingProcess.objects.all().delete()

        show_alive(process)

        assert applied_numbers() == [5]

    def test_acknowledging_without_a_row_registers_too(self, db):
        process = registered(5)
        ModeratingProcess.objects.all().delete()

        acknowledge(process, 6)

        assert applied_numbers() == [6]

    def test_showing_that_it_runs_does_not_change_what_it_has(self, db):
        process = registered(5)
        ModeratingProcess.objects.update(applied_number=6)

        show_alive(process)

        assert applied_numbers() == [6]
        assert ModeratingProcess.objects.get().host == socket.gethostname()


class TestCleaning:
    def test_old_publications_go_except_the_newest_of_each_subject(self, account):
        old = [publish(account=account, topic=IMAGES, subject_id=n) for n in (1, 1, 2)]
        Publication.objects.update(created_at=timezone.now() - timedelta(days=2))
        new = publish(account=account, topic=IMAGES, subject_id=2)
        other_topic = publish(account=account, topic=Publication.Topic.KEYWORDS, subject_id=1)

        assert cleaning.forget_old_publications() == 2

        left = set(Publication.objects.values_list("number", flat=True))
        assert left == {old[1].number, new.number, other_topic.number}

    def test_publications_of_today_stay(self, account):
        for _ in range(3):
            publish(account=account, topic=IMAGES, subject_id=1)

        assert cleaning.forget_old_publications() == 0

    def test_processes_that_ended_long_ago_go(self, db):
        gone = registered(host="elsewhere.example")
        registered()
        long_ago = timezone.now() - timedelta(hours=2)
        ModeratingProcess.objects.filter(pk=gone.pk).update(seen_at=long_ago)

        assert cleaning.forget_gone_processes() == 1
        assert ModeratingProcess.objects.count() == 1
