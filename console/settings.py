"""All settings; what differs between deployments comes from the environment (.env.example)."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from csp.constants import SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent


class _Environment(environ.Env):
    """The environment, which names the variable that is malformed."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """Return the value of a variable."""
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var}: {error}.") from error


environ.Env.read_env(BASE_DIR / ".env")
env = _Environment()
env.ENVIRON = {name: value for name, value in os.environ.items() if value}  # empty is absent


def _data_dir(path: Path) -> Path:
    """Return the folder for everything that is stored, made on first use and for this user only."""
    try:
        path.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR={path} cannot be made: {error.strerror}.") from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"DATA_DIR={path} is not writable for this user.")
    return path.resolve()


DATA_DIR = _data_dir(Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))))


def _secret_key(path: Path) -> str:
    """Read the installation's own secret key, written on first use."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="") or _secret_key(DATA_DIR / "secret_key")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=False)

INSTALLED_APPS = [
    "console",
    "libraries",
    "rules",
    "results",
    "stats",
    "onlinetest",
    "openapi",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "openapi.middleware.ApiMiddleware",  # first, so that an API call passes no other
    "console.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "console.middleware.SignInMiddleware",
    "console.middleware.MemberMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "console.urls"
WSGI_APPLICATION = "console.wsgi.application"
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WEB_PROCESSES = env.int("WEB_PROCESSES", default=0)  # 0: as many as cores and memory suffice for
WARM_UP = "results.engine.warm_up"  # called once by each web and worker process at its start
SAMPLE_CHECK = "results.sample_check.has_findings"  # whether an uploaded image has to be held
POLICIES = "rules.live.policies"  # what each of them judges by; console.following says how

_LOADERS = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "console.context.shell",
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "console.templatetags.ui",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    _LOADERS if DEBUG else [("django.template.loaders.cached.Loader", _LOADERS)],
                )
            ],
        },
    }
]

_SQLITE = f"sqlite:///{quote(str(DATA_DIR / 'assay.sqlite3'))}"
DATABASES = {"default": env.db_url("DATABASE_URL", default=_SQLITE)}
DATABASES["default"]["CONN_MAX_AGE"] = 600
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,  # clients of the API wait ten seconds for an answer
        # The worker empties the log (console.batches), so that calls need not at 1,000 pages.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=20000;"
        ),
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c lock_timeout=5s")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

VALKEY_SOCKET = DATA_DIR / "valkey.sock"
OWN_VALKEY = "REDIS_URL" not in env  # serve starts it
REDIS_URL = env.str("REDIS_URL", default=f"unix://{quote(str(VALKEY_SOCKET))}")
# Counts failed sign-ins for all processes together, and goes on when Redis is away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "console_cache",
    }
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 2,
    "socket_timeout": 4,  # a broker that hangs must not hold up the pages
    "max_retries": 1,  # nor one that is away; workers try for ever all the same
    "interval_start": 0,
}
CELERY_TASK_DEFAULT_QUEUE = "celery"
# Workers take from their queues in turn, so that many asynchronous calls hold up nothing else.
CELERY_TASK_QUEUES: dict[str, Any] = {"celery": {}, "asynchronous": {}, "publication": {}}
CELERY_TASK_ROUTES = {
    "console.tasks.announce": {"queue": "publication"},
    "openapi.tasks.moderate_async_task": {"queue": "asynchronous"},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "forget old publications": {
        "task": "console.tasks.forget_old_publications",
        "schedule": 3600.0,
    },
    "forget old nonces": {"task": "openapi.tasks.forget_old_nonces", "schedule": 300.0},
    "go on with asynchronous tasks": {
        "task": "openapi.tasks.go_on",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "delete old uploads": {"task": "openapi.tasks.delete_old_uploads", "schedule": 60.0},
    "delete old asynchronous tasks": {
        "task": "openapi.tasks.delete_old_async_tasks",
        "schedule": 60.0,
    },
    "delete expired results": {
        "task": "results.tasks.delete_expired_results",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "roll up usage": {
        "task": "stats.tasks.roll_up_usage",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "forget old usage": {"task": "stats.tasks.forget_old_usage", "schedule": 3600.0},
    "delete stray pictures of results": {
        "task": "results.tasks.delete_stray_files",
        "schedule": 86_400.0,
    },
    "go on with online tests": {
        "task": "onlinetest.tasks.requeue_items",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "go on with imports": {
        "task": "libraries.tasks.requeue_imports",
        "schedule": 10.0,
        "options": {"expires": 10.0},
    },
    "go on emptying libraries": {
        "task": "libraries.tasks.go_on_emptying",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "delete stray files": {"task": "libraries.tasks.delete_stray_files", "schedule": 3600.0},
    "delete old imports": {"task": "libraries.tasks.delete_old_imports", "schedule": 60.0},
    "delete old online tests": {"task": "onlinetest.tasks.delete_old_tests", "schedule": 60.0},
}

AUTH_USER_MODEL = "console.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "overview"
ACCOUNT_ADAPTER = "console.adapters.ClosedSignUpAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "console.adapters.EncryptedMfaAdapter"
MFA_TOTP_ISSUER = "Assay"
MFA_TOTP_TOLERANCE = 1  # the code before and the next one hold too: people type, clocks are off
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "console.error_views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "catalogue"]
USE_I18N = True
FORMAT_MODULE_PATH = ["console.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "console.static_files.PlotlyFinder",
]
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "console.static_files.CompressedStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20

# The engine
MODEL_DIR = DATA_DIR / "models"
INFERENCE_THREADS = env.int("INFERENCE_THREADS", default=1)
NUDENET = env.bool("NUDENET", default=False)
VLM_BASE_URL = env.str("VLM_BASE_URL", default="")
VLM_MODEL = env.str("VLM_MODEL", default="")
VLM_API_KEY = env.str("VLM_API_KEY", default="")
VLM_TIMEOUT_S = env.float("VLM_TIMEOUT_S", default=30.0)
FETCH_ALLOWED_NETWORKS = env.list("FETCH_ALLOWED_NETWORKS", default=[])

# Limits and lifetimes
UPLOAD_LIFETIME_MINUTES = env.int("UPLOAD_LIFETIME_MINUTES", default=30)
UPLOAD_QUOTA_MB = env.int("UPLOAD_QUOTA_MB", default=10_240)  # of an account at any time
UPLOAD_ENDPOINT = env.str("UPLOAD_ENDPOINT", default="")
UPLOAD_BUCKET = "assay-uploads"  # no page may begin with it
RESULT_LIFETIME_DAYS = env.int("RESULT_LIFETIME_DAYS", default=30)
ASYNC_RESULT_LIFETIME_DAYS = env.int("ASYNC_RESULT_LIFETIME_DAYS", default=3)
ONLINE_TEST_MAX_IMAGES = 100
MAX_IMAGE_LIBRARIES = env.int("MAX_IMAGE_LIBRARIES", default=10)  # these four for each account
MAX_LIBRARY_IMAGES = env.int("MAX_LIBRARY_IMAGES", default=100_000)
MAX_VOCABULARIES = env.int("MAX_VOCABULARIES", default=20)
MAX_KEYWORDS = env.int("MAX_KEYWORDS", default=100_000)
IMPORT_MAX_MB = env.int("IMPORT_MAX_MB", default=2048)  # of a ZIP, or of a folder
IMPORT_LIFETIME_DAYS = env.int("IMPORT_LIFETIME_DAYS", default=30)
QPS_LIMIT = env.int("QPS_LIMIT", default=100)  # calls a second and account
QPS_LIMIT_LARGE_MODEL = env.int("QPS_LIMIT_LARGE_MODEL", default=20)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # They tell of every step; what goes wrong is still told.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("faiss.loader", "celery.beat", "celery.worker.strategy", "celery.app.trace")
    },
}
