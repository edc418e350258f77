"""How far a change has come, as the pages tell it."""

import os
import socket
from datetime import timedelta

import pytest
from django.utils import timezone

from console.models import PROCESS_GONE_AFTER, ModeratingProcess, Publication
from console.publication import SILENT_AFTER, State, publication_state
from console.services import publish

pytestmark = pytest.mark.django_db
RULESET = Publication.Topic.RULESET
SERVICE = 7


def process(applied_number, *, seen_ago=timedelta()):
    return ModeratingProcess.objects.create(
        kind=ModeratingProcess.Kind.WEB,
        host=socket.gethostname(),
        pid=os.getpid(),
        applied_number=applied_number,
        seen_at=timezone.now() - seen_ago,
    )


@pytest.fixture
def publication(account):
    return publish(account=account, topic=RULESET, subject_id=SERVICE)


class TestPublicationState:
    def test_what_was_never_published_is_live(self, db):
        state = publication_state(RULESET, SERVICE)

        assert (state.state, state.number) == (State.LIVE, 0)

    def test_without_a_process_it_waits(self, publication):
        state = publication_state(RULESET, SERVICE)

        assert (state.state, state.number) == (State.WAITING, publication.number)
        assert (state.running, state.is_live) == (0, False)

    def test_it_counts_the_processes_that_have_it(self, publication):
        process(publication.number)
        process(publication.number + 1)
        process(publication.number - 1)

        state = publication_state(RULESET, SERVICE)

        assert state.state == State.PUBLISHING
        assert (state.acknowledged, state.running, state.silent) == (2, 3, 1)
        assert not state.is_overdue

    def test_processes_that_are_gone_do_not_count(self, publication):
        process(publication.number - 1, seen_ago=PROCESS_GONE_AFTER * 2)

        assert publication_state(RULESET, SERVICE).state == State.WAITING

    def test_it_is_overdue_when_a_process_is_silent_for_long(self, publication):
        process(publication.number - 1)
        publication.created_at = timezone.now() - SILENT_AFTER * 2
        publication.save()

        state = publication_state(RULESET, SERVICE)

        assert state.is_overdue
        assert state.seconds >= SILENT_AFTER.total_seconds()

    def test_a_live_one_tells_how_many_and_how_long(self, publication):
        publication.live_at = publication.created_at + timedelta(seconds=0.25)
        publication.process_count = 4
        publication.save()

        state = publication_state(RULESET, SERVICE)

        assert state.is_live
        assert (state.process_count, state.seconds) == (4, 0.25)

    def test_only_the_newest_of_its_subject_counts(self, publication, account):
        publication.live_at = timezone.now()
        publication.save()
        publish(account=account, topic=RULESET, subject_id=SERVICE + 1)
        publish(account=account, topic=Publication.Topic.IMAGES, subject_id=SERVICE)

        assert publication_state(RULESET, SERVICE).number == publication.number
