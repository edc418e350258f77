"""Leave a picture to the server and be called back: python moderate_with_callback.py URL

The callback comes to this program, on the loopback address: Assay calls that only if its setting
FETCH_ALLOWED_NETWORKS has it, such as 127.0.0.0/8.
"""

import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

from alibabacloud_green20220302.models import ImageAsyncModerationRequest
from alibabacloud_green20220926.models import ListServiceConfigsRequest

from connection import SERVICE, argument, console_client, data_of, moderation_client

SEED = "example_seed"
WAIT_S = 60


class Receiver(BaseHTTPRequestHandler):
    """Accepts one notification if its checksum shows that it comes from Assay."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        content, checksum = form["content"][0], form["checksum"][0]
        if hashlib.sha256(f"{uid}{SEED}{content}".encode()).hexdigest() != checksum:
            self.send_error(403)
            return
        self.send_response(200)
        self.end_headers()
        verdicts.append(json.loads(content))

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


url = argument()
verdicts: list[dict[str, Any]] = []
services = data_of(
    console_client().list_service_configs(ListServiceConfigsRequest(resource_type="image"))
)
uid = services[0].uid
receiver = HTTPServer(("127.0.0.1", 0), Receiver)
receiver.timeout = WAIT_S
parameters = {
    "imageUrl": url,
    "dataId": "example-callback",
    "callback": f"http://127.0.0.1:{receiver.server_port}/",
    "seed": SEED,
}
request = ImageAsyncModerationRequest(service=SERVICE, service_parameters=json.dumps(parameters))
print(f"task {data_of(moderation_client().image_async_moderation(request)).req_id}")
receiver.handle_request()
if not verdicts:
    sys.exit(f"Not called back within {WAIT_S} s; is 127.0.0.0/8 in FETCH_ALLOWED_NETWORKS?")
verdict = verdicts[0]
outcome = f"risk {verdict['Data']['RiskLevel']}" if "Data" in verdict else verdict["Msg"]
print(f"called back: code {verdict['Code']}, {outcome}")
