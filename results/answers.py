"""A stored result as the API answers it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from moderation.catalogue import load_catalogue
from moderation.detection import Box, TextLine
from moderation.match import ImageMatch, KeywordMatch
from moderation.verdict import LIBRARY_SUFFIX
from results import records
from results.matches import PresentNames, library_names, vocabulary_names
from results.models import DetectionResult

CUSTOM_IMAGE = "customImage"
TEXT_IN_IMAGE = "textInImage"
PUBLIC_FIGURE = "publicFigure"
LOGO_DATA = "logoData"
LARGE_MODEL_TEXT = "vlContent"

RECOGNISES_TEXT = "text"
RECOGNISES_FACES = "faces"


def answer_of(
    result: DetectionResult,
    info_types: Collection[str] = (),
    present: PresentNames | None = None,
) -> dict[str, Any]:
    """Return the body with which the API answered, or would answer, for this result.

    info_types: which parts of Ext the caller asked for.
    present: names of libraries, for callers that ask for many results.
    """
    return {
        "Msg": "OK",
        "Code": 200,
        "RequestId": result.request_id,
        "Data": _data(result, info_types, present),
    }


def _data(
    result: DetectionResult, info_types: Collection[str], present: PresentNames | None
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "Result": [_label(label) for label in result.labels],
        "RiskLevel": result.risk_level,
    }
    if result.data_id:
        data["DataId"] = result.data_id
    ext = _ext(result, info_types, present)
    if ext:
        data["Ext"] = ext
    return data


def _label(label: dict[str, Any]) -> dict[str, Any]:
    entry = {
        "Label": label["label"],
        "Description": describe(label["label"]),
        "RiskLevel": label["risk_level"],
    }
    if label["confidence"] is not None:
        entry["Confidence"] = label["confidence"]
    return entry


def describe(code: str) -> str:
    """Return what a returned label means, in English, for people."""
    catalogue = load_catalogue()
    if code in catalogue.special_labels:
        return catalogue.special_labels[code].name
    label = catalogue.labels.get(code.removesuffix(LIBRARY_SUFFIX))
    if label is None:
        return code
    return f"{label.name} (custom library)" if code.endswith(LIBRARY_SUFFIX) else label.name


def _ext(
    result: DetectionResult, info_types: Collection[str], present: PresentNames | None
) -> dict[str, Any]:
    record = records.from_json(result.findings)
    ext: dict[str, Any] = {}
    if CUSTOM_IMAGE in info_types and record.findings.image_matches:
        ext["CustomImage"] = _custom_images(result, record.findings.image_matches, present)
    if TEXT_IN_IMAGE in info_types:
        ext["TextInImage"] = _text_in_image(result, record, present)
    if LARGE_MODEL_TEXT in info_types and record.large_model_text:
        ext["VlContent"] = {"OutputText": record.large_model_text}
    if record.recognised == RECOGNISES_TEXT:
        ext["OcrResult"] = [_text_line(line) for line in record.text_lines]
    if record.recognised == RECOGNISES_FACES:
        ext["FaceData"] = [{"Location": _location(face.box)} for face in record.faces]
    return ext


def _text_in_image(
    result: DetectionResult, record: records.Record, present: PresentNames | None
) -> dict[str, Any]:
    return {
        "OcrResult": [_text_line(line) for line in record.text_lines],
        "RiskWord": _risk_words(result, record) or None,
        "CustomText": _custom_texts(result, record.findings.keyword_matches, present) or None,
    }


def _risk_words(result: DetectionResult, record: records.Record) -> list[str]:
    returned = {label["label"] for label in result.labels}
    words = {
        evidence.text: None  # a dict keeps the order and drops doubles
        for detection in record.findings.detections
        if detection.label in returned
        for evidence in detection.evidence
        if evidence.line
    }
    return list(words)


def ext_of(result: DetectionResult, info_types: Collection[str]) -> dict[str, Any]:
    """Return the parts of Ext under the names that DescribeImageResultExt has for them."""
    record = records.from_json(result.findings)
    ext: dict[str, Any] = {}
    if CUSTOM_IMAGE in info_types:
        ext["CustomImage"] = _custom_images(result, record.findings.image_matches)
    if TEXT_IN_IMAGE in info_types:
        ext["TextInImage"] = {
            "OcrDatas": [line.text for line in record.text_lines],
            "RiskWords": _risk_words(result, record),
            "CustomTexts": _custom_texts(result, record.findings.keyword_matches),
        }
    return ext


def _custom_images(
    result: DetectionResult, matches: Sequence[ImageMatch], present: PresentNames | None = None
) -> list[dict[str, str]]:
    names = library_names(result, {match.library_id for match in matches}, present)
    return [
        {
            "LibId": str(match.library_id),
            "LibName": names[match.library_id],
            "ImageId": str(match.image_id),
        }
        for match in matches
    ]


def _custom_texts(
    result: DetectionResult, matches: Sequence[KeywordMatch], present: PresentNames | None = None
) -> list[dict[str, str]]:
    """Return the keywords of each vocabulary, each once although several lines may hold it."""
    keywords: dict[int, dict[str, None]] = {}
    for match in matches:
        keywords.setdefault(match.vocabulary_id, {})[match.keyword] = None
    names = vocabulary_names(result, keywords, present) if keywords else {}
    return [
        {"LibId": str(pk), "LibName": names[pk], "KeyWords": ",".join(found)}
        for pk, found in keywords.items()
    ]


def _text_line(line: TextLine) -> dict[str, Any]:
    return {"Text": line.text, "Location": _location(line.box)}


def _location(box: Box) -> dict[str, int]:
    return {"X": box.x, "Y": box.y, "W": box.w, "H": box.h}
