"""Lets PostgreSQL know of new results soon that all can see them.

Searches count up to 50,001 of the newest by indexes alone, but look up each in the table that no
vacuum has seen yet. By itself PostgreSQL waits until a fifth of the table is new.
"""

from django.db import migrations

TABLES = ("results_detectionresult", "results_resultlabel")
OFTEN = {"autovacuum_vacuum_insert_scale_factor": 0, "autovacuum_vacuum_insert_threshold": 10_000}


def vacuum_often(apps, schema_editor):
    values = ", ".join(f"{name} = {value}" for name, value in OFTEN.items())
    alter(schema_editor, f"SET ({values})")


def vacuum_as_usual(apps, schema_editor):
    alter(schema_editor, f"RESET ({', '.join(OFTEN)})")


def alter(schema_editor, change):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"ALTER TABLE {table} {change}")


class Migration(migrations.Migration):
    dependencies = [("results", "0011_add_index_of_uncounted")]

    operations = [migrations.RunPython(vacuum_often, vacuum_as_usual)]
