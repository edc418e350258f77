"""The life of an image library: python image_library.py FILE

Creates a library, adds the file, links the library to a label of a copied service, sees the file
recognised, exempts the library instead, and takes everything back but the library and the copy:
the API has no action that deletes these; the console does.
"""

import json
import time

from alibabacloud_green20220302.models import ImageModerationRequest
from alibabacloud_green20220926.models import (
    AddImages2LibRequest,
    CreateImageLibRequest,
    DeleteImagesFromLibRequest,
    ListImagesFromLibRequest,
    UpdateImageLibFreeInspectionRequest,
    UpdateServiceConfigRequest,
)

from connection import (
    console_client,
    data_of,
    file_argument,
    moderation_client,
    print_verdict,
    upload,
)
from copies import copy_of

SCENE, LABEL = "contraband", "contraband_drug"
LIVE_AFTER_S = 2

console, moderation = console_client(), moderation_client()
path = file_argument()
service = copy_of(console, "baselineCheck_global")


def link(library_ids: list[str]) -> None:
    """Set the libraries of the label."""
    labels = {"Labels": [{"Label": LABEL, "ImageLibs": library_ids}]}
    data_of(
        console.update_service_config(
            UpdateServiceConfigRequest(
                resource_type="image",
                service_code=service,
                scene=SCENE,
                scene_config=json.dumps(labels),
            )
        )
    )


def exempt(library_id: str, *, is_exempt: bool) -> None:
    """Switch the exemption on or off."""
    data_of(
        console.update_image_lib_free_inspection(
            UpdateImageLibFreeInspectionRequest(
                service_code=service, config={library_id: int(is_exempt)}
            )
        )
    )


def moderate() -> None:
    """Moderate the file once the last change is live."""
    time.sleep(LIVE_AFTER_S)
    bucket, name = upload(moderation, path)
    parameters = {"ossBucketName": bucket, "ossObjectName": name, "infoType": "customImage"}
    request = ImageModerationRequest(service=service, service_parameters=json.dumps(parameters))
    print_verdict(data_of(moderation.image_moderation(request)))


library = data_of(
    console.create_image_lib(
        CreateImageLibRequest(lib_name=f"Example {int(time.time())}", comment="Made by an example")
    )
).lib_id
image = data_of(
    console.add_images_2lib(
        AddImages2LibRequest(lib_id=library, img_url=upload(moderation, path)[1])
    )
).img_id
print(f"library {library}, image {image}")
link([library])
moderate()
link([])
exempt(library, is_exempt=True)
moderate()
exempt(library, is_exempt=False)
data_of(
    console.delete_images_from_lib(
        DeleteImagesFromLibRequest(lib_id=library, image_ids=json.dumps([image]))
    )
)
left = console.list_images_from_lib(ListImagesFromLibRequest(lib_id=library)).body.total_count
print(f"{left} images left")
