"""What the test of killed workers does in a process of its own: the database is not the suite's.

Run as "python -m tests.libraries.import_scene <a ZIP> <a CSV>" with DATA_DIR set.
"""

from __future__ import annotations

import sys
from pathlib import Path

import django


def start_imports(zip_file: Path, hash_file: Path) -> None:
    """Create the tables and start two imports; they go to the real queue."""
    from django.core.management import call_command

    from console.models import Account, Member, User
    from libraries.models import ImageLibrary, ImportJob
    from libraries.services import imports

    call_command("migrate", verbosity=0)
    account = Account.objects.create(name="Example")
    user = User.objects.create_user("mei.tan")
    member = Member.objects.create(account=account, user=user, role="moderator")
    library = ImageLibrary.objects.create(account=account, name="Blocked")
    for kind, path in ((ImportJob.Kind.ZIP, zip_file), (ImportJob.Kind.HASHES, hash_file)):
        imports.import_content(
            library=library, author=member, kind=kind, name=path.name, content=path.read_bytes()
        )


if __name__ == "__main__":
    django.setup()
    start_imports(*map(Path, sys.argv[1:]))
