"""Note which libraries the worker is emptying."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("libraries", "0005_add_deep_match"),
    ]

    operations = [
        migrations.AddField(
            model_name="imagelibrary",
            name="emptied_up_to",
            field=models.BigIntegerField(
                help_text="The worker is deleting the images with ids up to this one.", null=True
            ),
        ),
        migrations.AddField(
            model_name="imagelibrary",
            name="is_being_deleted",
            field=models.BooleanField(
                default=False, help_text="It is deleted once the worker has emptied it."
            ),
        ),
    ]
