"""The whole engine on real pictures: exemptions, libraries, keywords, text, failures."""

from functools import partial
from types import SimpleNamespace

import pytest

from moderation import moderator as moderator_module
from moderation.context import ImageContext
from moderation.errors import DetectorFailed, FormatNotSupported, ImageTooLarge
from moderation.fingerprint import fingerprint_of
from moderation.image import ImageLimits, load_image
from moderation.keywords import KeywordIndex
from moderation.library_index import LibraryEntry, LibraryIndex
from moderation.moderator import Moderator
from moderation.risk import RiskLevel
from moderation.ruleset import LabelPolicy, Ruleset
from tests import pictures

LIBRARY, EXEMPT_LIBRARY, VOCABULARY = 11, 12, 21


@pytest.fixture(scope="module")
def libraries(registry):
    """Return an index of a cat in a blocklist and a cup of coffee in an exempt library."""

    def entry(library_id, image_id, content):
        context = ImageContext(load_image(content, ImageLimits()), registry.networks)
        return LibraryEntry(library_id, image_id, fingerprint_of(context))

    return LibraryIndex.build(
        [
            entry(LIBRARY, 1, pictures.cat()),
            entry(EXEMPT_LIBRARY, 2, pictures.coffee()),
        ]
    )


@pytest.fixture(scope="module")
def moderator(registry, libraries):
    """Moderate with these libraries and two keywords."""
    keywords = KeywordIndex.build([(VOCABULARY, "telescope"), (VOCABULARY + 1, "cocaine")])
    moderator = Moderator(registry)
    known = partial(moderator.moderate, images=libraries, keywords=keywords)
    known_each = partial(moderator.moderate_each, images=libraries, keywords=keywords)
    return SimpleNamespace(registry=registry, moderate=known, moderate_each=known_each)


def ruleset(*policies, **fields):
    return Ruleset(service="baselineCheck_global", version=3, label_policies=policies, **fields)


def labels_of(moderation):
    return [label.label for label in moderation.verdict.labels]


class TestVerdicts:
    def test_a_harmless_picture_is_safe(self, moderator):
        moderation = moderator.moderate(
            pictures.rocket(), ruleset(LabelPolicy("pornographic_adultContent"))
        )

        assert moderation.verdict.risk_level is RiskLevel.NONE
        assert labels_of(moderation) == ["nonLabel"]

    def test_a_qr_code_is_found_with_its_place(self, moderator):
        moderation = moderator.moderate(
            pictures.png(pictures.qr_code("https://example.com/join")),
            ruleset(LabelPolicy("pt_qrCode")),
        )

        assert labels_of(moderation) == ["pt_qrCode"]
        evidence = moderation.findings.detections[0].evidence[0]
        assert "https://example.com/join" in evidence.text
        assert evidence.box is not None
        assert evidence.box.w > 0

    def test_only_detectors_that_serve_the_service_run(self, moderator):
        moderation = moderator.moderate(
            pictures.rocket(), ruleset(LabelPolicy("pt_qrCode"), LabelPolicy("violent_knives"))
        )

        assert len(moderation.detectors) == 1
        assert moderation.text_lines == ()

    def test_each_step_has_its_time(self, moderator):
        moderation = moderator.moderate(pictures.rocket(), ruleset(LabelPolicy("pt_qrCode")))

        names = [step.name for step in moderation.steps]
        assert names[:4] == ["wait", "load", "fingerprint", "match"]
        assert names[-1] == "judge"
        assert all(step.duration_ms >= 0 for step in moderation.steps)


class TestLibraries:
    def test_a_recompressed_library_image_returns_the_library_label(self, moderator):
        content = pictures.jpeg(pictures.photo("cat", size=(300, 200)), quality=40)
        policy = LabelPolicy("violent_gun", image_library_id=LIBRARY)

        moderation = moderator.moderate(content, ruleset(policy))

        assert labels_of(moderation) == ["violent_gun_lib"]
        assert moderation.findings.image_matches[0].image_id == 1

    def test_an_exempt_picture_is_not_even_looked_at(self, moderator):
        rules = ruleset(
            LabelPolicy("pornographic_adultContent"),
            LabelPolicy("profanity_oral_tii"),
            exempt_library_ids=frozenset({EXEMPT_LIBRARY}),
        )

        moderation = moderator.moderate(pictures.coffee(), rules)

        assert labels_of(moderation) == ["nonLabel_lib"]
        assert moderation.detectors == ()

    def test_a_library_that_the_ruleset_does_not_name_is_not_matched(self, moderator):
        moderation = moderator.moderate(pictures.cat(), ruleset(LabelPolicy("violent_gun")))

        assert moderation.findings.image_matches == ()


class TestText:
    def test_a_keyword_returns_the_text_label_of_its_vocabulary(self, moderator):
        policy = LabelPolicy("contraband_drug_tii", vocabulary_id=VOCABULARY)

        moderation = moderator.moderate(
            pictures.png(pictures.draw_text("CHEAP TELESCOPE HERE")), ruleset(policy)
        )

        assert labels_of(moderation) == ["contraband_drug_tii_lib"]
        assert "TELESCOPE" in moderation.findings.keyword_matches[0].line

    def test_an_ignored_keyword_is_neither_a_risk_nor_a_keyword(self, moderator):
        content = pictures.png(pictures.draw_text("cocaine for sale"))
        policy = LabelPolicy("contraband_drug_tii", vocabulary_id=VOCABULARY + 1)
        ignoring = ruleset(policy, ignored_vocabulary_ids=frozenset({VOCABULARY + 1}))

        flagged = moderator.moderate(content, ruleset(policy))
        ignored = moderator.moderate(content, ignoring)

        assert "contraband_drug_tii_lib" in labels_of(flagged)
        assert labels_of(ignored) == ["nonLabel"]
        assert "cocaine" in ignored.text_lines[0].text.lower()

    def test_text_is_read_on_request_although_no_label_needs_it(self, moderator):
        moderation = moderator.moderate(
            pictures.png(pictures.draw_text("GOOD MORNING")),
            ruleset(LabelPolicy("pt_qrCode")),
            read_text=True,
        )

        assert "GOOD" in moderation.text_lines[0].text


class TestSeveralRulesets:
    RULESETS = (
        ruleset(LabelPolicy("contraband_drug_tii")),
        ruleset(LabelPolicy("contraband_drug_tii"), ignored_vocabulary_ids={VOCABULARY + 1}),
        ruleset(LabelPolicy("pt_qrCode")),
        ruleset(LabelPolicy("violent_gun"), exempt_library_ids={EXEMPT_LIBRARY}),
    )

    @pytest.mark.parametrize(
        "content", [pictures.png(pictures.draw_text("cocaine for sale")), pictures.coffee()]
    )
    def test_each_says_what_it_says_alone(self, moderator, content):
        alone = [moderator.moderate(content, one) for one in self.RULESETS]

        together = moderator.moderate_each(content, self.RULESETS)

        for one, other in zip(alone, together, strict=True):
            assert one.verdict == other.verdict
            assert one.findings == other.findings
            assert one.text_lines == other.text_lines
            assert one.detectors == other.detectors

    def test_the_picture_is_decoded_and_read_once(self, moderator, monkeypatch):
        loaded, read = [], []
        networks = moderator.registry.networks
        read_once, load_once = networks.ocr.read, moderator_module.load_image
        monkeypatch.setattr(networks.ocr, "read", lambda image: read.append(1) or read_once(image))
        monkeypatch.setattr(
            moderator_module, "load_image", lambda *args: loaded.append(1) or load_once(*args)
        )

        moderator.moderate_each(pictures.png(pictures.draw_text("telescope")), self.RULESETS[:2])

        assert (loaded, read) == ([1], [1])

    def test_the_smallest_limit_holds_for_all(self, moderator):
        small = ruleset(LabelPolicy("pt_qrCode"), max_side_px=100)

        with pytest.raises(ImageTooLarge):
            moderator.moderate_each(pictures.cat(), (self.RULESETS[2], small))


class TestFailures:
    def test_a_text_file_is_refused(self, moderator):
        with pytest.raises(FormatNotSupported):
            moderator.moderate(b"hello " * 100, ruleset())

    def test_a_side_beyond_the_services_limit_is_refused(self, moderator):
        with pytest.raises(ImageTooLarge):
            moderator.moderate(pictures.rocket(), ruleset(max_side_px=600))

    def test_a_broken_detector_fails_the_call_and_is_named(self, moderator, monkeypatch):
        codes = next(one for one in moderator.registry.detectors if "pt_qrCode" in labels(one))

        def break_down(context):
            raise RuntimeError("out of order")

        monkeypatch.setattr(codes, "detect", break_down)

        with pytest.raises(DetectorFailed, match=codes.name):
            moderator.moderate(pictures.rocket(), ruleset(LabelPolicy("pt_qrCode")))


def labels(detector):
    return {coverage.label for coverage in detector.coverage}
