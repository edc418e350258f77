"""Two people who save at once, in a process of its own: the database is not the suite's.

Run as "python -m tests.rules.saving_scene" with DATA_DIR set; prints what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - after setup()
from django.db import connection  # noqa: E402

from console.models import Account, AuditEntry, Member, User  # noqa: E402
from console.roles import Role  # noqa: E402
from libraries.errors import LibraryInUse  # noqa: E402
from libraries.models import ImageLibrary  # noqa: E402
from libraries.services.image_libraries import delete_image_library  # noqa: E402
from rules.changes import ScopeChange  # noqa: E402
from rules.errors import StaleVersion, UnknownLibrary  # noqa: E402
from rules.models import Service  # noqa: E402
from rules.services import install_catalogue, save_exemptions, save_scope  # noqa: E402

ROUNDS = 10
PEOPLE = 4


Task = tuple[threading.Barrier, int, int, Member]


def play() -> dict[str, object]:
    """Make an account and let its people be at odds."""
    call_command("migrate", verbosity=0)
    account = Account.objects.create(name="Example")
    install_catalogue(account=account)
    service = account.services.get(code="baselineCheck_global")
    people = [
        Member.objects.create(
            account=account,
            user=User.objects.create_user(f"user{number}"),
            role=Role.POLICY_MANAGER,
        )
        for number in range(PEOPLE)
    ]
    with ThreadPoolExecutor(PEOPLE) as pool:
        return save_at_once(service, people, pool) | link_what_is_deleted(service, people, pool)


def save_at_once(
    service: Service, people: list[Member], pool: ThreadPoolExecutor
) -> dict[str, object]:
    """Let several people save the same label at the same moment, several times."""
    start = threading.Barrier(PEOPLE, timeout=60)
    rounds = [
        sorted(pool.map(_save, [(start, service.pk, base, member) for member in people]))
        for base in range(1, ROUNDS + 1)
    ]
    versions = list(service.versions.order_by("number"))
    return {
        "rounds": rounds,
        "numbers": [version.number for version in versions],
        "scores": [version.ruleset.policies["violent_gun"].high_risk_score for version in versions],
        "audited": AuditEntry.objects.filter(action="ruleset.scope").count(),
    }


def link_what_is_deleted(
    service: Service, people: list[Member], pool: ThreadPoolExecutor
) -> dict[str, object]:
    """Let one make a library exempt while another deletes it, several times."""
    start = threading.Barrier(2, timeout=60)
    outcomes = []
    for number in range(ROUNDS):
        library = ImageLibrary.objects.create(account=service.account, name=f"Library {number}")
        tasks = [(start, service.pk, library.pk, member) for member in people[:2]]
        both = [pool.submit(_exempt, tasks[0]), pool.submit(_delete, tasks[1])]
        outcomes.append([one.result() for one in both])
    return {"links": outcomes}


def _save(task: Task) -> str:
    """Save a score that nobody else saves; return what came of it."""
    start, service_id, base, member = task
    change = ScopeChange(
        label="violent_gun",
        enabled=True,
        medium_risk_score=Decimal(10),
        high_risk_score=Decimal(20 + base) + Decimal(member.pk % PEOPLE) / 10,
    )
    service = Service.objects.get(pk=service_id)
    start.wait()
    try:
        save_scope(service=service, changes=[change], based_on=base, author=member)
    except StaleVersion:
        return "stale"
    finally:
        connection.close()
    return "saved"


def _exempt(task: Task) -> str:
    start, service_id, library_id, member = task
    service = Service.objects.get(pk=service_id)
    start.wait()
    try:
        save_exemptions(
            service=service, library_ids=[library_id], based_on=service.version, author=member
        )
    except UnknownLibrary:
        return "unknown"
    finally:
        connection.close()
    return "exempt"


def _delete(task: Task) -> str:
    start, _, library_id, member = task
    library = ImageLibrary.objects.get(pk=library_id)
    start.wait()
    try:
        delete_image_library(library=library, author=member)
    except LibraryInUse:
        return "in use"
    finally:
        connection.close()
    return "deleted"


if __name__ == "__main__":
    json.dump(play(), sys.stdout)
