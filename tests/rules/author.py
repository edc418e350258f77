"""A process that saves rules, as a page does: for each line that it reads it saves once.

Run as "python -m tests.rules.author" with DATA_DIR set. It prints the publication's number and the
seconds that the save took.
"""

from __future__ import annotations

import sys
import time
from decimal import Decimal

import django


def main() -> None:
    from django.core.management import call_command

    from console.models import Account, Publication
    from rules.services import install_catalogue, record_version

    call_command("migrate", verbosity=0)
    account = Account.objects.create(name="Example")
    install_catalogue(account=account)
    service = account.services.get(code="baselineCheck")
    answer(Publication.objects.newest_number(), 0.0)
    for count, _ in enumerate(sys.stdin):
        started = time.monotonic()
        score = Decimal(81 + count % 19)
        service.label_rules.filter(label="violent_gun").update(high_risk_score=score)
        record_version(service=service, author=None, comment="")
        answer(Publication.objects.newest_number(), time.monotonic() - started)


def answer(number: int, seconds: float) -> None:
    sys.stdout.write(f"{number} {seconds}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    django.setup()
    main()
