"""Fill what searches ask of the results, a span of labels at a time."""

from django.db import migrations
from django.db.models import OuterRef, Subquery

_ROWS_AT_ONCE = 20_000
_COPIED = ("account_id", "service_code", "risk_level", "source", "ruleset_version")


def fill(apps, schema_editor):
    labels = apps.get_model("results", "ResultLabel").objects.order_by("pk")
    results = apps.get_model("results", "DetectionResult").objects.filter(pk=OuterRef("result_id"))
    values = {name: Subquery(results.values(name)) for name in _COPIED}
    last = 0
    while ids := list(labels.filter(pk__gt=last).values_list("pk", flat=True)[:_ROWS_AT_ONCE]):
        labels.filter(pk__gt=last, pk__lte=ids[-1]).order_by().update(**values)
        last = ids[-1]


class Migration(migrations.Migration):
    dependencies = [
        ("results", "0003_add_search_columns"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
