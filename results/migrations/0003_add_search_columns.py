"""Add to the labels of results what searches ask of the results."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0001_initial"),
        ("results", "0002_add_policy_number"),
    ]

    operations = [
        migrations.AddField(
            model_name="resultlabel",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="console.account",
            ),
        ),
        migrations.AddField(
            model_name="resultlabel",
            name="service_code",
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="resultlabel",
            name="risk_level",
            field=models.CharField(default="", max_length=6),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="resultlabel",
            name="source",
            field=models.CharField(default="", max_length=4),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="resultlabel",
            name="ruleset_version",
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
    ]
