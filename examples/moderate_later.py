"""Leave a picture to the server and ask until it is done: python moderate_later.py URL"""

import json
import time

from alibabacloud_green20220302.models import (
    DescribeImageModerationResultRequest,
    ImageAsyncModerationRequest,
)

from connection import SERVICE, argument, data_of, moderation_client, print_verdict

IN_PROGRESS = 280

client = moderation_client()
parameters = {"imageUrl": argument(), "dataId": "example-later"}
request = ImageAsyncModerationRequest(service=SERVICE, service_parameters=json.dumps(parameters))
task = data_of(client.image_async_moderation(request))
print(f"task {task.req_id}")
question = DescribeImageModerationResultRequest(req_id=task.req_id)
while (answer := client.describe_image_moderation_result(question)).body.code == IN_PROGRESS:
    time.sleep(0.5)
print_verdict(data_of(answer))
