"""Every error of the engine has a code on the wire."""

from moderation.errors import ModerationError
from openapi.errors import WIRE_CODES


def all_subclasses(kind: type[ModerationError]) -> set[type[ModerationError]]:
    direct = set(kind.__subclasses__())
    return direct.union(*(all_subclasses(subclass) for subclass in direct))


def test_each_error_of_the_engine_has_a_code_of_its_own():
    assert set(WIRE_CODES) == all_subclasses(ModerationError)
    assert len(set(WIRE_CODES.values())) == len(WIRE_CODES)
