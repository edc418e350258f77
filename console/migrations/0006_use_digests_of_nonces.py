"""A table of digests in the place of nonces with their keys: one index instead of four.

What was used before is not carried over, so stop calls for 30 minutes, or accept that a call of
the last 15 minutes could come back once.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('console', '0005_add_access_key_to_audit_entries'),
    ]

    operations = [
        migrations.DeleteModel(
            name='UsedNonce',
        ),
        migrations.CreateModel(
            name='UsedNonce',
            fields=[
                ('digest', models.BigIntegerField(primary_key=True, serialize=False)),
                ('used_at', models.DateTimeField()),
            ],
        ),
    ]
