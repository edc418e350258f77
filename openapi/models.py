"""What the API keeps."""

from openapi.asynchronous.models import AsyncTask, CallbackPlan, CryptType, Delivery
from openapi.uploads.models import Upload

__all__ = ["AsyncTask", "CallbackPlan", "CryptType", "Delivery", "Upload"]
