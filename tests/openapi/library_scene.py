"""Makes and deletes a library in a process of its own: the database is not the suite's.

Run as "python -m tests.openapi.library_scene link" or "... delete" with DATA_DIR set.
"""

from __future__ import annotations

import sys

import django

SERVICE = "baselineCheck_global"
LABEL = "violent_gun"


def link() -> None:
    """Make a library of one picture, the cat, and bind it to a label."""
    from console.models import Account, User
    from libraries.services.image_libraries import create_image_library
    from libraries.services.images import add_image
    from rules.changes import CustomLibraryChange
    from rules.services import save_custom_libraries
    from tests import pictures

    account = Account.objects.get()
    author = account.members.create(user=User.objects.create_user("mei.tan"), role="administrator")
    library = create_image_library(account=account, name="Cats", description="", author=author)
    add_image(library=library, content=pictures.cat(), name="cat.jpg", author=author)
    service = account.services.get(code=SERVICE)
    save_custom_libraries(
        service=service,
        changes=[CustomLibraryChange(label=LABEL, image_library_id=library.pk)],
        based_on=service.version,
        author=author,
    )


def delete() -> None:
    """Unbind the library and delete it."""
    from console.models import Account
    from libraries.services.image_libraries import delete_image_library
    from rules.changes import CustomLibraryChange
    from rules.services import save_custom_libraries

    account = Account.objects.get()
    author = account.members.get()
    service = account.services.get(code=SERVICE)
    save_custom_libraries(
        service=service,
        changes=[CustomLibraryChange(label=LABEL)],
        based_on=service.version,
        author=author,
    )
    delete_image_library(library=account.image_libraries.get(), author=author)


if __name__ == "__main__":
    django.setup()
    {"link": link, "delete": delete}[sys.argv[1]]()
