"""Have the usage statistics count the results that were stored before there were any."""

import zoneinfo
from itertools import islice

from django.db import migrations

from results.ids import moment_of

BATCH_SIZE = 1000


def leave_uncounted(apps, schema_editor):
    result_model = apps.get_model("results", "DetectionResult")
    uncounted_model = apps.get_model("results", "UncountedResult")
    for account in apps.get_model("console", "Account").objects.all():
        zone = zoneinfo.ZoneInfo(account.time_zone)
        results = result_model.objects.filter(account=account).order_by("pk")
        fields = ("pk", "service_code", "source", "risk_level", "labels")
        rows = (
            uncounted_model(
                id=pk,
                account=account,
                date=moment_of(pk).astimezone(zone).date(),
                service_code=service_code,
                source=source,
                risk_level=risk_level,
                labels=",".join(label["label"] for label in labels),
            )
            for pk, service_code, source, risk_level, labels in results.values_list(
                *fields
            ).iterator()
        )
        while batch := list(islice(rows, BATCH_SIZE)):
            uncounted_model.objects.bulk_create(batch, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("results", "0006_add_uncounted_results"),
    ]

    operations = [
        migrations.RunPython(leave_uncounted, migrations.RunPython.noop),
    ]
