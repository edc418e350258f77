"""What the whole console shares: settings, accounts, members, access keys, pages."""

from console.celery import app as celery_app

__all__ = ["celery_app"]
