"""The command that tries every detector."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from moderation.detectors import self_test
from results import engine


def test_every_detector_is_tried_and_works() -> None:
    output = io.StringIO()
    call_command("check_models", "--json", stdout=output)

    assert output.getvalue().count("\n") == 1
    rows = {row["name"]: row for row in json.loads(output.getvalue())["detectors"]}
    registry = engine.moderator().registry
    assert set(rows) == {detector.name for detector in registry.detectors}
    assert all(row["passed"] and row["version"] and row["labels"] for row in rows.values())
    assert rows["objects"]["load_ms"] > 0


def test_it_fails_and_names_a_detector_that_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise self_test.SelfTestFailed("the drawn QR code was not read")

    monkeypatch.setitem(self_test.TESTS, "codes", fail)
    output = io.StringIO()

    with pytest.raises(CommandError, match=r"Does not work: codes\."):
        call_command("check_models", stdout=output)

    assert "the drawn QR code was not read" in output.getvalue()
