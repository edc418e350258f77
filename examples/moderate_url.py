"""Moderate a picture by its address: python moderate_url.py URL"""

import json

from alibabacloud_green20220302.models import ImageModerationRequest

from connection import SERVICE, argument, data_of, moderation_client, print_verdict

parameters = {"imageUrl": argument(), "dataId": "example-url"}
request = ImageModerationRequest(service=SERVICE, service_parameters=json.dumps(parameters))
print_verdict(data_of(moderation_client().image_moderation(request)))
