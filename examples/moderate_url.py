"""Moderate a picture by its address: python moderate_url.py URL"""

import json
import sys

from alibabacloud_green20220302.models import ImageModerationRequest

from connection import SERVICE, data_of, moderation_client, print_verdict

parameters = {"imageUrl": sys.argv[1], "dataId": "example-url"}
request = ImageModerationRequest(service=SERVICE, service_parameters=json.dumps(parameters))
print_verdict(data_of(moderation_client().image_moderation(request)))
