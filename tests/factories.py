"""Valid objects for tests; a test names only the fields that it is about."""

from __future__ import annotations

import io
import uuid
from functools import cache
from typing import Any

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory
from PIL import Image

from console import encryption
from console.models import AccessKey, Account, Member, User
from console.roles import Role
from libraries.models import ImageLibrary, Vocabulary
from moderation.image import ImageLimits, load_image
from moderation.renditions import Renditions, render
from results.models import DetectionResult, Feedback, ResultLabel
from results.uncounted import leave_uncounted
from rules.models import Service
from rules.services import install_catalogue
from tests import pictures

PASSWORD = "correct horse 7 battery"


class AccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    name = factory.Sequence(lambda number: f"Account {number}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"user{number}")
    password = factory.django.Password(PASSWORD)


class MemberFactory(DjangoModelFactory[Member]):
    class Meta:
        model = Member

    account = factory.SubFactory(AccountFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.ADMINISTRATOR


class AccessKeyFactory(DjangoModelFactory[AccessKey]):
    class Meta:
        model = AccessKey
        exclude = ["plain_secret"]

    plain_secret = "a secret of no importance"
    account = factory.SubFactory(AccountFactory)
    key_id = factory.Sequence(lambda number: f"ASSAYtest{number:06}")
    name = factory.Sequence(lambda number: f"Program {number}")
    encrypted_secret = factory.LazyAttribute(lambda key: encryption.encrypt(key.plain_secret))


class ServiceFactory(DjangoModelFactory[Service]):
    """A built-in service as install_catalogue() makes it, with its labels and a version."""

    class Meta:
        model = Service
        django_get_or_create = ["account", "code"]

    account = factory.SubFactory(AccountFactory)
    code = "baselineCheck_global"

    @classmethod
    def _create(cls, model_class: type[Service], *args: Any, **kwargs: Any) -> Service:
        account = kwargs.pop("account")
        code = kwargs.pop("code")
        install_catalogue(account=account)
        service = Service.objects.get(account=account, code=code)
        for name, value in kwargs.items():
            setattr(service, name, value)
        if kwargs:
            service.save()
        return service


class ImageLibraryFactory(DjangoModelFactory[ImageLibrary]):
    class Meta:
        model = ImageLibrary

    account = factory.SubFactory(AccountFactory)
    name = factory.Sequence(lambda number: f"Library {number}")


class VocabularyFactory(DjangoModelFactory[Vocabulary]):
    class Meta:
        model = Vocabulary

    account = factory.SubFactory(AccountFactory)
    name = factory.Sequence(lambda number: f"Vocabulary {number}")


def _picture(image_format: str, side: int) -> ContentFile[bytes]:
    """Draw a slope from blue to orange."""
    slope = Image.linear_gradient("L").resize((side, side * 3 // 4))
    picture = Image.merge("RGB", (slope, slope.point(lambda value: value // 2 + 40), slope))
    buffer = io.BytesIO()
    picture.save(buffer, image_format)
    return ContentFile(buffer.getvalue(), name=f"picture.{image_format.lower()}")


class DetectionResultFactory(DjangoModelFactory[DetectionResult]):
    """A stored result with one label, or none if the risk is "none"; its files are real."""

    class Meta:
        model = DetectionResult
        skip_postgeneration_save = True
        exclude = ["label", "confidence"]

    label = "violent_gun"
    confidence = 91.5
    account = factory.SubFactory(AccountFactory)
    request_id = factory.LazyFunction(lambda: str(uuid.uuid4()).upper())
    service_code = "baselineCheck_global"
    ruleset_version = 1
    source = DetectionResult.Source.API
    risk_level = DetectionResult.Risk.HIGH
    labels: Any = factory.LazyAttribute(
        lambda result: [
            {"label": "nonLabel", "confidence": None, "risk_level": "none"}
            if result.risk_level == "none"
            else {
                "label": result.label,
                "confidence": result.confidence,
                "risk_level": result.risk_level,
            }
        ]
    )
    findings = factory.LazyFunction(
        lambda: {
            "findings": {"detections": [], "image_matches": [], "keyword_matches": []},
            "text_lines": [],
            "detectors": [["objects", "efficientnet-lite2-1"]],
            "large_model_text": "",
        }
    )
    fingerprint = b""
    picture_name = "photo.jpg"
    picture_format = "JPEG"
    width = 640
    height = 480
    size_bytes = 48_000
    sha256 = "0" * 64
    duration_ms = 212.5
    steps = factory.LazyFunction(lambda: [{"name": "load", "duration_ms": 12.5}])
    thumbnail = factory.LazyFunction(lambda: _picture("WEBP", 128))
    preview = factory.LazyFunction(lambda: _picture("JPEG", 480))

    @factory.post_generation  # type: ignore[untyped-decorator]
    def result_labels(self: DetectionResult, create: bool, extracted: Any, **kwargs: Any) -> None:
        ResultLabel.objects.bulk_create(ResultLabel.rows_of(self))

    @factory.post_generation  # type: ignore[untyped-decorator]
    def uncounted(self: DetectionResult, create: bool, extracted: Any, **kwargs: Any) -> None:
        leave_uncounted(self.account, [self])


HIT = {
    "findings": {
        "detections": [
            {
                "label": "contraband_drug_tii",
                "confidence": 91.5,
                "detector": "text rules",
                "evidence": [
                    {
                        "text": "cocaine",
                        "box": {"x": 24, "y": 30, "w": 300, "h": 50},
                        "line": "buy cocaine here",
                    }
                ],
            },
            {
                "label": "pt_qrCode",
                "confidence": 71.02,
                "detector": "codes",
                "evidence": [
                    {
                        "text": "QR code",
                        "box": {"x": 400, "y": 200, "w": 120, "h": 120},
                        "line": "",
                    }
                ],
            },
        ],
        "image_matches": [],
        "keyword_matches": [],
    },
    "text_lines": [
        {
            "text": "buy cocaine here",
            "box": {"x": 24, "y": 30, "w": 300, "h": 50},
            "confidence": 99.0,
        }
    ],
    "detectors": [["text rules", "3"], ["codes", "1"]],
    "large_model_text": "",
}


@cache
def _rocket() -> Renditions:
    return render(load_image(pictures.rocket(), ImageLimits()))


class HitFactory(DetectionResultFactory):
    """A high-risk result on a photo, with two labels and the evidence for them."""

    labels = factory.LazyFunction(
        lambda: [
            {"label": "contraband_drug_tii", "confidence": 91.5, "risk_level": "high"},
            {"label": "pt_qrCode", "confidence": 71.02, "risk_level": "medium"},
        ]
    )
    findings = factory.LazyFunction(lambda: HIT)
    picture_name = "rocket.jpg"
    height = 427
    thumbnail = factory.LazyFunction(lambda: ContentFile(_rocket().thumbnail, "thumbnail.webp"))
    preview = factory.LazyFunction(lambda: ContentFile(_rocket().preview, "preview.jpg"))


class FeedbackFactory(DjangoModelFactory[Feedback]):
    """Feedback on a result of its own, not resolved."""

    class Meta:
        model = Feedback

    result = factory.SubFactory(DetectionResultFactory, account=factory.SelfAttribute("..account"))
    account = factory.SubFactory(AccountFactory)
    kind = Feedback.Kind.FALSE_POSITIVE
    reporter_name = "mei.tan"
