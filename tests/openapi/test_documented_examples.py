"""Every documented example that a detector here can give, by the real engine, key for key.

The documents have two more, a logo and a public figure; no detector here finds either.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from console.models import AccessKey, Account
from console.roles import Role
from libraries.keyword_lines import lines_of, read_keywords
from libraries.services.image_libraries import create_image_library
from libraries.services.images import add_image
from libraries.services.keywords import create_vocabulary
from rules import services as rules_services
from rules.changes import CustomLibraryChange
from rules.models import Service
from rules.services import install_catalogue
from tests import pictures
from tests.factories import AccessKeyFactory, DetectionResultFactory, MemberFactory
from tests.openapi.calls import call, moderate
from tests.openapi.signing import PLAIN_SECRET

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden" / "examples"
SERVICE = "postImageCheck"
VOLATILE = {"RequestId", "Confidence", "X", "Y", "W", "H", "LibId", "ImageId"}
TEXT_LINES = ("Meet us tonight", "cocaine for sale", "bring a telescope")

# The keys of the documented answers; RiskLevel of a label is documented, but in no example.
LABEL = {"Label", "Confidence", "Description"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "risk": {"Result": LABEL},
    "none": {"Result": LABEL - {"Confidence"}},
    "allowlist": {"Result": LABEL},
    "library": {"Result": LABEL, "Ext.CustomImage": {"ImageId", "LibId", "LibName"}},
    "keyword": {
        "Result": LABEL,
        "Ext.TextInImage.OcrResult": {"Text"},
        "Ext.TextInImage.CustomText": {"KeyWords", "LibId", "LibName"},
    },
    "text": {"Result": LABEL, "Ext.TextInImage.OcrResult": {"Text"}},
}
CONTENTS = {
    "risk": lambda: pictures.png(pictures.qr_code("https://example.com/join?group=42")),
    "none": pictures.flower,
    "allowlist": pictures.coffee,
    "library": pictures.cat,
    "keyword": lambda: pictures.png(pictures.draw_text(TEXT_LINES[0], TEXT_LINES[2])),
    "text": lambda: pictures.png(pictures.draw_text(*TEXT_LINES[:2])),
    "ocr": lambda: pictures.png(pictures.draw_text(*TEXT_LINES)),
    "faces": pictures.astronaut,
}


@pytest.fixture
def example_key(account: Account) -> AccessKey:
    """A key of an account with a blocklist, an allowlist and a vocabulary in use."""
    install_catalogue(account=account)
    service = account.services.get(code=SERVICE)
    author = MemberFactory.create(account=account, role=Role.ADMINISTRATOR)

    def library(name: str, content: bytes) -> int:
        made = create_image_library(account=account, name=name, description="", author=author)
        add_image(library=made, content=content, name="sample.jpg", author=author)
        return made.pk

    vocabulary, _ = create_vocabulary(
        account=account,
        name="Text Blocklist A",
        description="",
        lines=read_keywords(lines_of("telescope")),
        author=author,
    )
    rules_services.save_custom_libraries(
        service=service,
        changes=[
            CustomLibraryChange(
                label="violent_gun", image_library_id=library("Library A", pictures.cat())
            ),
            CustomLibraryChange(label="contraband_drug_tii", vocabulary_id=vocabulary.pk),
        ],
        based_on=service.version,
        author=author,
    )
    rules_services.save_exemptions(
        service=service,
        library_ids=[library("Allowed", pictures.coffee())],
        based_on=Service.objects.get(pk=service.pk).version,
        author=author,
    )
    return AccessKeyFactory.create(account=account, plain_secret=PLAIN_SECRET)


@pytest.fixture
def downloads() -> Iterator[None]:
    """Have URLs of example.com lead to pictures of tests, by the name of the path."""

    def fetch(url: str, **_: object) -> bytes:
        return CONTENTS[url.rpartition("/")[2]]()

    with patch("results.services.fetch_image", fetch):
        yield


def stable(value: Any, key: str = "") -> Any:
    """Replace what differs between machines by its type, and keep everything else."""
    if isinstance(value, dict):
        return {name: stable(item, name) for name, item in sorted(value.items())}
    if isinstance(value, list):
        return [stable(item) for item in value]
    if key in VOLATILE:
        return "number" if isinstance(value, int | float) else type(value).__name__
    return value


def assert_golden(name: str, answer: dict[str, Any]) -> None:
    path = GOLDEN / f"{name}.json"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(json.dumps(stable(answer), indent=2, ensure_ascii=False) + "\n")
    assert stable(answer) == json.loads(path.read_text())


def moderate_example(access_key: AccessKey, name: str, service: str = SERVICE) -> dict[str, Any]:
    values = {
        "imageUrl": f"https://example.com/{name}",
        "dataId": "img123",
        "infoType": "customImage,textInImage,publicFigure,logoData",
    }
    return moderate(access_key.key_id, service, values)


@pytest.mark.usefixtures("downloads")
class TestExamples:
    @pytest.mark.parametrize("name", EXAMPLES)
    def test_the_answer_has_all_keys_of_the_document(self, example_key, name):
        answer = moderate_example(example_key, name)

        assert_golden(name, answer)
        assert set(answer) == {"Code", "Msg", "RequestId", "Data"}
        assert {"DataId", "Result", "RiskLevel"} <= set(answer["Data"])
        for path, keys in EXAMPLES[name].items():
            part = answer["Data"]
            for step in path.split("."):
                part = part[step]
            assert part
            assert all(keys <= set(entry) for entry in part)

    def test_text_is_recognised_without_being_asked_for(self, example_key):
        answer = moderate(example_key.key_id, "generalOcr", {"imageUrl": "https://example.com/ocr"})

        assert_golden("ocr", answer)
        lines = answer["Data"]["Ext"]["OcrResult"]
        assert [line["Text"] for line in lines] == list(TEXT_LINES)

    @pytest.mark.parametrize("service", ["faceDetect", "faceDetect_pro", "faceDetect_pro_cb"])
    def test_faces_are_found_and_nothing_is_said_about_whose(self, example_key, service):
        answer = moderate(example_key.key_id, service, {"imageUrl": "https://example.com/faces"})

        assert_golden("faces", answer)
        (face,) = answer["Data"]["Ext"]["FaceData"]
        box = face["Location"]
        assert (box["X"] + box["W"] / 2, box["Y"] + box["H"] / 2) == pytest.approx(
            (223, 112), abs=30
        )

    def test_a_copy_recognises_what_its_source_does(self, example_key):
        source = example_key.account.services.get(code="faceDetect")
        copy = rules_services.copy_service(
            source=source, code=None, name="Our faces", description="", author=example_key
        )

        url = "https://example.com/faces"
        answer = moderate(example_key.key_id, copy.code, {"imageUrl": url})

        assert len(answer["Data"]["Ext"]["FaceData"]) == 1

    def test_other_services_find_no_faces(self, example_key):
        answer = moderate(example_key.key_id, SERVICE, {"imageUrl": "https://example.com/faces"})

        assert "Ext" not in answer["Data"]


def describe(access_key: AccessKey, **parameters: str) -> dict[str, Any]:
    response = call(access_key.key_id, parameters, action="DescribeImageResultExt")
    answer: dict[str, Any] = json.loads(response.content)
    return answer


@pytest.mark.usefixtures("downloads")
class TestExtraInformationLater:
    @pytest.mark.parametrize("name", ["library", "keyword", "text"])
    def test_it_is_that_of_the_call_under_other_names(self, example_key, name):
        first = moderate_example(example_key, name)

        later = describe(example_key, ReqId=first["RequestId"])

        ext, data = first["Data"]["Ext"], later["Data"]
        assert_golden(f"{name}_later", later)
        assert data["CustomImage"] == ext.get("CustomImage", [])
        text, text_later = ext["TextInImage"], data["TextInImage"]
        assert text_later["OcrDatas"] == [line["Text"] for line in text["OcrResult"]]
        assert text_later["RiskWords"] == (text["RiskWord"] or [])
        assert text_later["CustomTexts"] == (text["CustomText"] or [])

    def test_info_type_chooses_the_parts(self, example_key):
        request_id = moderate_example(example_key, "library")["RequestId"]

        data = describe(example_key, ReqId=request_id.lower(), InfoType="customImage")["Data"]

        assert set(data) == {"CustomImage"}


class TestRefusals:
    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({}, 400),
            ({"ReqId": " "}, 400),
            ({"ReqId": "x", "InfoType": "logoData"}, 401),
            ({"ReqId": "x"}, 409),
            ({"ReqId": "a\0b"}, 409),
        ],
    )
    def test_bad_parameters_get_their_codes(self, access_key, parameters, code):
        assert describe(access_key, **parameters)["Code"] == code

    def test_results_of_other_accounts_are_unknown(self, access_key):
        foreign = DetectionResultFactory.create()

        assert describe(access_key, ReqId=foreign.request_id)["Code"] == 409
