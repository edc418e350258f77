"""What the test of killed workers does in a process of its own: the database is not the suite's.

Run as "python -m tests.onlinetest.worker_scene <folder of pictures>" with DATA_DIR set.
"""

from __future__ import annotations

import sys
from pathlib import Path

import django


def start_run(folder: Path) -> None:
    """Create the tables, and a run of all pictures in a folder; it goes to the real queue."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command

    from console.models import Account, Member, User
    from onlinetest import services
    from rules.services import install_catalogue

    call_command("migrate", verbosity=0)
    account = Account.objects.create(name="Example")
    install_catalogue(account=account)
    user = User.objects.create_user("mei.tan")
    run = services.start_run(
        author=Member.objects.create(account=account, user=user, role="moderator"),
        service=account.services.get(code="baselineCheck_global"),
        urls=[],
        upload_count=len(list(folder.iterdir())),
    )
    for position, path in enumerate(sorted(folder.iterdir())):
        file = SimpleUploadedFile(path.name, path.read_bytes())
        services.add_upload(run=run, position=position, file=file)


if __name__ == "__main__":
    django.setup()
    start_run(Path(sys.argv[1]))
