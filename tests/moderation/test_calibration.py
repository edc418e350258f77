"""From raw scores to confidences."""

from __future__ import annotations

import pytest

from moderation.calibration import Calibration
from moderation.detectors.signals import signals_of

CURVE = Calibration(((0.1, 60.0), (0.5, 80.0), (1.0, 99.0)))


class TestCalibration:
    @pytest.mark.parametrize(
        ("score", "confidence"), [(0.1, 60.0), (0.3, 70.0), (0.5, 80.0), (1.0, 99.0), (7.0, 99.0)]
    )
    def test_runs_in_straight_lines_and_stays_at_the_last_point(self, score, confidence):
        assert CURVE.confidence(score) == pytest.approx(confidence)

    @pytest.mark.parametrize("score", [-1.0, 0.0, 0.0999])
    def test_says_nothing_below_the_first_point(self, score):
        assert CURVE.confidence(score) is None

    def test_never_falls(self):
        confidences = [CURVE.confidence(step / 1000) for step in range(100, 1001)]

        assert confidences == sorted(confidences)

    def test_has_two_decimals(self):
        assert CURVE.confidence(0.123456) == 61.17

    @pytest.mark.parametrize(
        "points",
        [
            (),
            ((0.5, 60.0), (0.5, 70.0)),
            ((0.5, 60.0), (0.4, 70.0)),
            ((0.5, 60.0), (0.6, 50.0)),
            ((0.5, -1.0),),
            ((0.5, 101.0),),
        ],
    )
    def test_refuses_points_that_are_no_rising_curve_in_percent(self, points):
        with pytest.raises(ValueError, match=r"calibration|rising|percent"):
            Calibration(points)


class TestCalibrationOfTheSignals:
    @pytest.mark.parametrize("detector", ["nudity", "objects", "codes", "meaningless"])
    def test_never_claims_certainty_and_starts_near_the_medium_risk_score(self, detector):
        for signal in signals_of(detector).values():
            assert signal.calibration.points[0][1] >= 50
            assert signal.calibration.points[-1][1] <= 99
