"""What the API keeps."""

from openapi.asynchronous.models import AsyncTask, CryptType, Delivery
from openapi.uploads.models import Upload

__all__ = ["AsyncTask", "CryptType", "Delivery", "Upload"]
