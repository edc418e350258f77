"""The console's settings, made fast and private for tests."""

import os
import tempfile
from pathlib import Path

# Before console.settings reads them: tests leave nothing behind and need nothing running.
os.environ["DATA_DIR"] = os.environ.get("TEST_DATA_DIR") or tempfile.mkdtemp(prefix="assay-tests-")
os.environ.setdefault("SECRET_KEY", "for tests only")
for _name in ("VLM_BASE_URL", "FETCH_ALLOWED_NETWORKS", "NUDENET", "HTTPS_ONLY"):
    os.environ.pop(_name, None)

from console.settings import *  # noqa: E402, F403 - the environment is set first
from console.settings import BASE_DIR, DATABASES, MIDDLEWARE, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise")]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = "memory://"
ACCOUNT_RATE_LIMITS = False  # the test of rate limits switches them on
MODEL_DIR = Path(os.environ.get("TEST_MODEL_DIR") or BASE_DIR / "var" / "models")  # built once
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as an installation has it: in memory, readers and writers refuse each other at once.
    DATABASES["default"]["TEST"] = {"NAME": f"{os.environ['DATA_DIR']}/test.sqlite3"}
