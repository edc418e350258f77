"""Print the calls of the last seven days, and save them as a workbook."""

import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

from alibabacloud_green20220926.models import ExportCipStatsRequest, GetCipStatsRequest

from connection import console_client, data_of

console = console_client()
today = datetime.now().astimezone()
span = {
    "resource_type": "image",
    "start_date": f"{today - timedelta(days=6):%Y-%m-%d} 00:00:00",
    "end_date": f"{today:%Y-%m-%d} 23:59:59",
}
stats = data_of(console.get_cip_stats(GetCipStatsRequest(type="cip", by_month=False, **span)))
for series in stats.y:
    print(f"{series.name}: {dict(zip(stats.x, series.data, strict=True))}")
for chart in stats.label_stat_chart:
    shares = ", ".join(f"{part.name} {part.value} %" for part in chart.tree_chart)
    print(f"{chart.service_code}: {shares or 'no label'}")
address = data_of(console.export_cip_stats(ExportCipStatsRequest(by_month=False, **span)))
with urllib.request.urlopen(address) as file:
    Path("usage.xlsx").write_bytes(file.read())
print("wrote usage.xlsx")
