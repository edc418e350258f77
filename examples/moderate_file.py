"""Upload a picture and moderate it: python moderate_file.py FILE"""

import json

from alibabacloud_green20220302.models import ImageModerationRequest

from connection import SERVICE, data_of, file_argument, moderation_client, print_verdict, upload

client = moderation_client()
bucket, name = upload(client, file_argument())
parameters = {"ossBucketName": bucket, "ossObjectName": name, "dataId": "example-file"}
request = ImageModerationRequest(service=SERVICE, service_parameters=json.dumps(parameters))
print_verdict(data_of(client.image_moderation(request)))
