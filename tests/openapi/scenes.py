"""One successful call of each action; a new action needs a scene here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from console.models import AccessKey
from rules.models import Service
from tests import pictures
from tests.factories import (
    DetectionResultFactory,
    ImageLibraryFactory,
    ServiceFactory,
    VocabularyFactory,
)
from tests.openapi.calls import call
from tests.openapi.console_calls import ConsoleClient
from tests.openapi.uploads.requests import Uploader

SERVICE = "baselineCheck_global"
URL = "https://example.com/picture.jpg"

Answer = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """An account with a key, and what scenes need of it."""

    access_key: AccessKey

    def __getattr__(self, action: str) -> Callable[..., Answer]:
        """Return what calls the action of 2022-09-26 of that name."""
        return lambda **parameters: ConsoleClient(self.access_key).answer(action, **parameters)

    def older(self, action: str, **parameters: Any) -> Answer:
        """Return the answer to an action of 2022-03-02."""
        texts = {
            name: json.dumps(value) if isinstance(value, dict) else value
            for name, value in parameters.items()
        }
        answer: Answer = call(self.access_key.key_id, texts, action=action).json()
        return answer

    @cached_property
    def service(self) -> Service:
        return ServiceFactory.create(account=self.access_key.account, code=SERVICE)

    @property
    def library(self) -> int:
        return ImageLibraryFactory.create(account=self.access_key.account).pk

    @property
    def vocabulary(self) -> int:
        return VocabularyFactory.create(account=self.access_key.account).pk

    @property
    def words(self) -> Answer:
        data: Answer = self.AddKeywordLib(LibName="Slang", Keywords="cat\nc@t\ncat")["Data"]
        return data

    @property
    def upload(self) -> str:
        uploader = Uploader(self.older("DescribeUploadToken")["Data"])
        uploader.put(uploader.key("cat.jpg"), pictures.cat())
        return uploader.key("cat.jpg")

    @property
    def image(self) -> Answer:
        library = self.library
        added = self.AddImages2Lib(LibId=library, ImgUrl=self.upload)
        return {"LibId": library, "ImageIds": [added["Data"]["ImgId"]]}

    @property
    def plan(self) -> int:
        plan: int = SCENES["CreateCallback"](self)["Data"]
        return plan

    @property
    def result(self) -> str:
        return DetectionResultFactory.create(account=self.access_key.account).request_id

    def moderation(self, action: str, **values: Any) -> Answer:
        _ = self.service
        values = {"imageUrl": URL, "dataId": "post-881", "infoType": "textInImage", **values}
        return self.older(action, Service=SERVICE, ServiceParameters=values)


SCENES: dict[str, Callable[[Stage], Answer]] = {
    "2022-03-02/DescribeImageModerationResult": lambda stage: stage.older(
        "DescribeImageModerationResult",
        ReqId=stage.moderation("ImageAsyncModeration")["Data"]["ReqId"],
    ),
    "2022-03-02/DescribeImageResultExt": lambda stage: stage.older(
        "DescribeImageResultExt", ReqId=stage.result, InfoType="customImage,textInImage"
    ),
    "2022-03-02/DescribeUploadToken": lambda stage: stage.older("DescribeUploadToken"),
    "2022-03-02/ImageAsyncModeration": lambda stage: stage.moderation("ImageAsyncModeration"),
    "2022-03-02/ImageBatchModeration": lambda stage: stage.moderation("ImageBatchModeration"),
    "2022-03-02/ImageModeration": lambda stage: stage.moderation("ImageModeration"),
    "AddImageLib": lambda stage: stage.AddImageLib(LibName="Leaflets"),
    "AddImages2Lib": lambda stage: stage.AddImages2Lib(LibId=stage.library, ImgUrl=stage.upload),
    "AddKeywordLib": lambda stage: stage.AddKeywordLib(LibName="Slang", Keywords="cat\nc@t\ncat"),
    "AddKeywords": lambda stage: stage.AddKeywords(LibId=stage.vocabulary, Keywords="a\nc@t\na"),
    "AddKeywordsToLib": lambda stage: stage.AddKeywordsToLib(LibId=stage.vocabulary, Keywords="a"),
    "CopyServiceConfig": lambda stage: stage.CopyServiceConfig(
        ServiceCode=stage.service.code, ServiceName="Posts"
    ),
    "CreateCallback": lambda stage: stage.CreateCallback(
        Name="Ours", Url="https://example.com/done", CryptType="SHA256", Scope="all"
    ),
    "CreateImageLib": lambda stage: stage.CreateImageLib(LibName="Leaflets"),
    "CreateOnlineTest": lambda stage: stage.CreateOnlineTest(
        ResourceType="image", ServiceCode=stage.service.code, Url=URL
    ),
    "DeleteCallback": lambda stage: stage.DeleteCallback(Id=stage.plan),
    "DeleteImagesFromLib": lambda stage: stage.DeleteImagesFromLib(**stage.image),
    "DeleteKeyword": lambda stage: stage.DeleteKeyword(LibId=stage.vocabulary, KeywordIds=[1]),
    "DeleteKeywordLib": lambda stage: stage.DeleteKeywordLib(LibId=stage.vocabulary),
    "DeleteOnlineTest": lambda stage: stage.DeleteOnlineTest(),
    "DescribeOnlineTestResult": lambda stage: stage.DescribeOnlineTestResult(
        TaskId=SCENES["CreateOnlineTest"](stage)["TaskId"]
    ),
    "ExportCipStats": lambda stage: stage.ExportCipStats(
        ResourceType="image", StartDate="2026-01-01 00:00:00", EndDate="2026-01-31 23:59:59"
    ),
    "ExportKeyword": lambda stage: stage.ExportKeyword(LibId=stage.vocabulary),
    "ExportScanResult": lambda stage: stage.ExportScanResult(ResourceType="image"),
    "GetCipStats": lambda stage: stage.GetCipStats(
        ResourceType="image", StartDate="2026-01-01 00:00:00", EndDate="2026-01-31 23:59:59"
    ),
    "GetImageSceneLabelConf": lambda stage: (stage.service, stage.GetImageSceneLabelConf())[1],
    "GetImageSceneLabelListConf": lambda stage: stage.GetImageSceneLabelListConf(
        ImageServiceCode=stage.service.code
    ),
    "GetKeywordImportResult": lambda stage: stage.GetKeywordImportResult(
        TaskId=stage.words["TaskId"]
    ),
    "GetKeywordLib": lambda stage: stage.GetKeywordLib(LibId=stage.vocabulary),
    "GetScanResult": lambda stage: (stage.result, stage.GetScanResult(ResourceType="image"))[1],
    "GetServiceConf": lambda stage: stage.GetServiceConf(ServiceCode=stage.service.code),
    "GetServiceConfig": lambda stage: stage.GetServiceConfig(ServiceCode=stage.service.code),
    "GetServiceLabelConfig": lambda stage: stage.GetServiceLabelConfig(
        ServiceCode=stage.service.code
    ),
    "GetUploadInfo": lambda stage: stage.GetUploadInfo(Name="cat.jpg"),
    "GetUploadLink": lambda stage: stage.GetUploadLink(UploadUrl=stage.upload),
    "GetUserBuyStatus": lambda stage: stage.GetUserBuyStatus(),
    "ListCallback": lambda stage: (stage.plan, stage.ListCallback())[1],
    "ListImageLib": lambda stage: (stage.library, stage.ListImageLib())[1],
    "ListImagesFromLib": lambda stage: stage.ListImagesFromLib(LibId=stage.image["LibId"]),
    "ListKeywordLibs": lambda stage: (stage.vocabulary, stage.ListKeywordLibs())[1],
    "ListKeywords": lambda stage: stage.ListKeywords(LibId=stage.words["LibId"]),
    "ListServiceConfigs": lambda stage: (
        stage.service,
        stage.ListServiceConfigs(ResourceType="image"),
    )[1],
    "ModifyCallback": lambda stage: stage.ModifyCallback(Id=stage.plan, Name="Theirs"),
    "ModifyServiceInfo": lambda stage: stage.ModifyServiceInfo(
        ServiceCode=stage.service.code, ServiceName="Posts"
    ),
    "QueryCallback": lambda stage: stage.QueryCallback(Id=stage.plan),
    "QueryCallbackByPage": lambda stage: (stage.plan, stage.QueryCallbackByPage())[1],
    "QueryLabelConfig": lambda stage: stage.QueryLabelConfig(ServiceCode=stage.service.code),
    "StopOnlineTest": lambda stage: stage.StopOnlineTest(
        TaskId=SCENES["CreateOnlineTest"](stage)["TaskId"]
    ),
    "UpdateImageLib": lambda stage: stage.UpdateImageLib(LibId=stage.library, LibName="Fliers"),
    "UpdateImageLibFreeInspection": lambda stage: stage.UpdateImageLibFreeInspection(
        ServiceCode=stage.service.code, Config={str(stage.library): 1}
    ),
    "UpdateKeywordLib": lambda stage: stage.UpdateKeywordLib(LibId=stage.vocabulary, LibName="A"),
    "UpdateScanResultFeedback": lambda stage: stage.UpdateScanResultFeedback(
        QueryRequestId=stage.result, Feedback="misreport"
    ),
    "UpdateServiceConfig": lambda stage: stage.UpdateServiceConfig(
        ServiceCode=stage.service.code, ManualMachineConfig={"Enable": False}
    ),
}
