"""Make the table of the cache that counts failed sign-ins."""

from django.core.management import call_command
from django.db import migrations


def create_cache_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("console", "0001_initial")]
    operations = [
        # Left where it is when reversed: it holds nothing but counters that run out.
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
