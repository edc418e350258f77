"""Note which images are held until somebody has them go live."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0004_add_publications"),
        ("libraries", "0006_add_emptying"),
    ]

    operations = [
        migrations.AddField(
            model_name="libraryimage",
            name="is_held",
            field=models.BooleanField(
                default=False, help_text="It matches nothing until somebody has it go live."
            ),
        ),
        migrations.AddIndex(
            model_name="libraryimage",
            index=models.Index(
                condition=models.Q(("is_held", True)),
                fields=["library"],
                name="library_image_held",
            ),
        ),
    ]
