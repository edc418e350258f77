"""Keep the PDQ hash of each library image beside its fingerprint, in an index of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("libraries", "0002_add_imports"),
    ]

    operations = [
        migrations.AddField(
            model_name="libraryimage",
            name="pdq",
            field=models.BinaryField(
                default=b"",
                help_text="The upright PDQ hash; also in the fingerprint.",
                max_length=32,
            ),
        ),
        migrations.AddIndex(
            model_name="libraryimage",
            index=models.Index(fields=["account", "pdq", "id"], name="library_image_pdq"),
        ),
    ]
