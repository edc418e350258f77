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
from rules.changes import ScopeChange  # noqa: E402
from rules.errors import StaleVersion  # noqa: E402
from rules.models import Service  # noqa: E402
from rules.services import install_catalogue, save_scope  # noqa: E402

ROUNDS = 10
PEOPLE = 4


def save_at_once() -> dict[str, object]:
    """Let several people save the same label at the same moment, several times."""
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
    start = threading.Barrier(PEOPLE, timeout=60)
    with ThreadPoolExecutor(PEOPLE) as pool:
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


def _save(task: tuple[threading.Barrier, int, int, Member]) -> str:
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


if __name__ == "__main__":
    json.dump(save_at_once(), sys.stdout)
