"""Find results, give feedback on one, and save what was found as a workbook."""

import urllib.request
from pathlib import Path

from alibabacloud_green20220926.models import (
    ExportScanResultRequest,
    GetScanResultRequest,
    UpdateScanResultFeedbackRequest,
)

from connection import console_client, data_of

console = console_client()
query = {"Labels": "!=nonLabel"}
page = data_of(
    console.get_scan_result(GetScanResultRequest(resource_type="image", query=query, page_size=5))
)
print(f"{page.total_count} results with a label; the newest:")
for item in page.items:
    print(f"  {item.request_time} {item.service_code} {item.risk_level} {item.labels}")
for item in page.items[:1]:
    data_of(
        console.update_scan_result_feedback(
            UpdateScanResultFeedbackRequest(
                resource_type="image", query_request_id=item.request_id, feedback="misreport"
            )
        )
    )
    print(f"{item.request_id} reported as a false positive")
address = data_of(
    console.export_scan_result(ExportScanResultRequest(resource_type="image", query=query))
)
with urllib.request.urlopen(address) as file:
    Path("results.xlsx").write_bytes(file.read())
print("wrote results.xlsx")
