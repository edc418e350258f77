"""The life of a rule: try a change, make it, see it, put it back."""

import json
from typing import Any

from alibabacloud_green20220926.models import (
    GetServiceConfRequest,
    ModifyServiceInfoRequest,
    UpdateServiceConfigRequest,
)

from connection import console_client, data_of
from copies import copy_of

SCENE, LABEL = "contraband", "contraband_drug"

console = console_client()
service = copy_of(console, "baselineCheck_global")


def rule() -> dict[str, Any]:
    """Return the label's rule as it is now."""
    answer = console.get_service_conf(
        GetServiceConfRequest(resource_type="image", service_code=service, scene=SCENE)
    ).body
    (scene,) = answer.custom_service_conf["Scenes"]
    return next(label for label in scene["Labels"] if label["Label"] == LABEL)


def change(*, is_trial: bool = False, **values: Any) -> None:
    """Change the label's rule; a trial only says whether that would be taken."""
    data_of(
        console.update_service_config(
            UpdateServiceConfigRequest(
                resource_type="image",
                service_code=service,
                scene=SCENE,
                scene_config=json.dumps({"Labels": [{"Label": LABEL, **values}]}),
                dry_run=is_trial,
            )
        )
    )


data_of(
    console.modify_service_info(
        ModifyServiceInfoRequest(
            resource_type="image", service_code=service, service_desc="Changed by rules.py"
        )
    )
)
before = rule()
change(is_trial=True, MediumScore=55, HighScore=85.5)
assert rule() == before
change(MediumScore=55, HighScore=85.5, Enabled=False)
print(f"{service} {LABEL}: {rule()}")
change(**{name: before[name] for name in ("MediumScore", "HighScore", "Enabled")})
assert rule() == before
print("put back")
