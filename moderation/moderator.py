"""The engine itself: one picture in, one verdict out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from moderation.context import ImageContext
from moderation.detection import Box, Detection, FoundFace, TextLine
from moderation.detectors.registry import Registry
from moderation.errors import DetectorFailed, ModerationError
from moderation.fingerprint import Fingerprint, fingerprint_of
from moderation.image import ImageLimits, LoadedImage, load_image
from moderation.local_features import CloserLook
from moderation.match import ImageMatch
from moderation.ruleset import Ruleset
from moderation.slots import Slots
from moderation.verdict import Findings, Verdict, judge

if TYPE_CHECKING:
    from moderation.keywords import KeywordIndex
    from moderation.library_index import LibraryIndex


@dataclass(frozen=True, slots=True)
class Step:
    """How long one step of a moderation took, in milliseconds."""

    name: str
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Moderation:
    """A verdict with everything that it rests on, so that it can be judged again.

    text_lines: as read, before ignored words are cut; empty if no text was looked for.
    detectors: name and version of each that took part.
    large_model_text: what the large model answered, word for word.
    faces: those that were looked for; empty if they were not.
    """

    ruleset: Ruleset
    verdict: Verdict
    findings: Findings
    image: LoadedImage
    fingerprint: Fingerprint
    text_lines: tuple[TextLine, ...]
    detectors: tuple[tuple[str, str], ...]
    large_model_text: str
    steps: tuple[Step, ...]
    faces: tuple[FoundFace, ...] = ()


class Moderator:
    """Moderates pictures with one set of detectors; shared by all threads of a process.

    at_once: how many pictures are worked on at the same time, 0 for one a core; others wait.
    """

    def __init__(self, registry: Registry, *, at_once: int = 0) -> None:
        self._slots = Slots(at_once or os.cpu_count() or 1)
        self.registry = registry

    def moderate(
        self,
        content: bytes,
        ruleset: Ruleset,
        *,
        images: LibraryIndex,
        keywords: KeywordIndex,
        read_text: bool = False,
        patience_s: float | None = None,
    ) -> Moderation:
        """Moderate one encoded picture.

        images, keywords: those of the account, with all that the ruleset names.
        read_text: read the text in the picture even if no label of the ruleset needs it.
        patience_s: how long to wait at most for other pictures; None for as long as it takes.

        Raises RateExceeded, ImageTooLarge, FormatNotSupported or DetectorFailed.
        """
        (moderation,) = self.moderate_each(
            content,
            (ruleset,),
            images=images,
            keywords=keywords,
            read_text=read_text,
            patience_s=patience_s,
        )
        return moderation

    def moderate_each(
        self,
        content: bytes,
        rulesets: Sequence[Ruleset],
        *,
        images: LibraryIndex,
        keywords: KeywordIndex,
        read_text: bool = False,
        find_faces: bool = False,
        patience_s: float | None = None,
    ) -> list[Moderation]:
        """Moderate one picture under several rulesets, as moderate() does under each.

        find_faces: find the faces in the picture, which no label needs.

        The picture is decoded once, within the smallest of their limits, and each network looks
        at it once.
        """
        runs = [_Run(self.registry, images, keywords, ruleset) for ruleset in rulesets]
        max_side_px = min(ruleset.max_side_px for ruleset in rulesets)
        with runs[0].slot(self._slots, patience_s):
            picture = runs[0].load(content, max_side_px)
            all_seen = []
            for run in runs:
                all_seen.append(run.look(picture, read_text=read_text, find_faces=find_faces))
                picture = replace(picture, context=all_seen[-1].context)
        return [run.judge(seen) for run, seen in zip(runs, all_seen, strict=True)]


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture that was decoded, with what does not depend on the ruleset."""

    context: ImageContext
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found in a picture before the large model is asked."""

    context: ImageContext
    fingerprint: Fingerprint
    lines: tuple[TextLine, ...]
    findings: Findings
    faces: tuple[FoundFace, ...] = ()


class _Run:
    """One picture's way through the engine under one ruleset."""

    def __init__(
        self, registry: Registry, images: LibraryIndex, keywords: KeywordIndex, ruleset: Ruleset
    ) -> None:
        self.registry = registry
        self.images = images
        self.keywords = keywords.search(
            ruleset.ignored_vocabulary_ids, ruleset.flagged_vocabulary_ids
        )
        self.ruleset = ruleset
        self.steps: list[Step] = []
        self.detectors: list[tuple[str, str]] = []
        self.large_model_text = ""

    @contextmanager
    def slot(self, slots: Slots, patience_s: float | None) -> Iterator[None]:
        with ExitStack() as stack:
            with self._step("wait"):
                stack.enter_context(slots.taken(patience_s))
            yield

    def load(self, content: bytes, max_side_px: int) -> _Picture:
        with self._step("load"):
            image = load_image(content, ImageLimits(max_side_px=max_side_px))
        context = ImageContext(image, self.registry.networks)
        with self._step("fingerprint"):
            return _Picture(context, fingerprint_of(context))

    def look(self, picture: _Picture, *, read_text: bool, find_faces: bool) -> _Seen:
        """Do all that keeps a core busy."""
        context, fingerprint = picture.context.under(self.keywords.cut), picture.fingerprint
        with self._step("match"):
            image_matches = self._match(fingerprint, CloserLook(context.rgb))
        if self._is_exempt(image_matches):
            return _Seen(context, fingerprint, (), Findings(image_matches=image_matches))
        lines = self._read(context, always=read_text)
        findings = self._find(context, image_matches, needs_keywords=bool(lines))
        faces = self._find_faces(context) if find_faces else ()
        return _Seen(context, fingerprint, lines, findings, faces)

    def judge(self, seen: _Seen) -> Moderation:
        findings = self._with_large_model(seen)
        with self._step("judge"):
            verdict = judge(findings, self.ruleset)
        return Moderation(
            ruleset=self.ruleset,
            verdict=verdict,
            findings=findings,
            image=seen.context.image,
            fingerprint=seen.fingerprint,
            text_lines=seen.lines,
            detectors=tuple(self.detectors),
            large_model_text=self.large_model_text,
            steps=tuple(self.steps),
            faces=seen.faces,
        )

    def _is_exempt(self, image_matches: tuple[ImageMatch, ...]) -> bool:
        exempt = self.ruleset.exempt_library_ids
        return any(match.library_id in exempt for match in image_matches)

    def _match(self, fingerprint: Fingerprint, look: CloserLook) -> tuple[ImageMatch, ...]:
        exempt = self.ruleset.exempt_library_ids
        matches = self.images.match(fingerprint, exempt | self.ruleset.blocklist_ids, look)
        # Who shows a part of an exempt image may show anything beside it.
        return tuple(m for m in matches if m.vote != "geometry" or m.library_id not in exempt)

    def _read(self, context: ImageContext, *, always: bool) -> tuple[TextLine, ...]:
        if not (always or self.ruleset.checks_text):
            return ()
        with self._step("text"), _naming("ocr"):
            return context.text_lines

    def _find_faces(self, context: ImageContext) -> tuple[FoundFace, ...]:
        with self._step("faces"), _naming("faces"):
            found = context.faces
        return tuple(FoundFace(_in_original(context, face.box), face.score) for face in found)

    def _find(
        self,
        context: ImageContext,
        image_matches: tuple[ImageMatch, ...],
        *,
        needs_keywords: bool,
    ) -> Findings:
        detections: list[Detection] = []
        for detector in self.registry.serving(self.ruleset.labels):
            with self._step(detector.name), _naming(detector.name):
                detections += detector.detect(context)
            self.detectors.append((detector.name, detector.version))
        keyword_matches = self.keywords.find(context.checked_lines) if needs_keywords else ()
        return Findings(tuple(detections), image_matches, keyword_matches)

    def _with_large_model(self, seen: _Seen) -> Findings:
        """Add what the large model says; it is waited for without a core."""
        large_model = self.registry.large_model
        findings = seen.findings
        if (
            large_model is None
            or not self.ruleset.uses_large_model
            or self._is_exempt(findings.image_matches)
        ):
            return findings
        with self._step(large_model.name), _naming(large_model.name):
            answer = large_model.ask(seen.context, self.ruleset.labels)
        self.detectors.append((large_model.name, large_model.version))
        self.large_model_text = answer.text
        return replace(findings, detections=findings.detections + answer.detections)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.steps.append(Step(name, round((time.perf_counter() - started) * 1000, 2)))


def _in_original(context: ImageContext, box: Box) -> Box:
    return context.image.to_original(box.x, box.y, box.w, box.h)


@contextmanager
def _naming(detector: str) -> Iterator[None]:
    """Turn whatever breaks inside a detector into an error that names it."""
    try:
        yield
    except ModerationError:
        raise
    except Exception as error:
        raise DetectorFailed(detector) from error
