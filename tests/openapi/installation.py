"""Makes a fresh installation in DATA_DIR and prints its keys: one good, one disabled, one slow."""

import json
import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    from django.core.management import call_command

    from console.services import create_access_key, create_account
    from rules.services import install_catalogue

    call_command("migrate", verbosity=0)
    account = create_account(name="End to end")
    install_catalogue(account=account)
    keys = {}
    for name, limit in (("good", None), ("disabled", None), ("slow", 1)):
        key, secret = create_access_key(account=account, name=name, qps_limit=limit)
        keys[name] = {"id": key.key_id, "secret": secret}
    account.access_keys.filter(name="disabled").update(enabled=False)
    json.dump(keys, sys.stdout)


if __name__ == "__main__":
    main()
