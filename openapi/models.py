"""What the API keeps."""

from openapi.asynchronous.models import AsyncTask, CryptType, Delivery

__all__ = ["AsyncTask", "CryptType", "Delivery"]
