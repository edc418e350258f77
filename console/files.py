"""Writing files of models, so that a failure leaves nothing behind that cannot be found."""

from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile


def write_file(file: FieldFile, name: str, content: bytes) -> None:
    """Name the file before it is written, so that one is found for which the disk is too full."""
    path = file.field.generate_filename(file.instance, name)
    file.name = file.storage.get_available_name(path)
    file.name = file.storage.save(file.name, ContentFile(content))
