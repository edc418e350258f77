"""Reads the first tag of an SVG document."""

from __future__ import annotations

import re
from xml.parsers import expat

_VIEW_BOX = re.compile(r"\s*(?:[-+\d.eE]++[\s,]*){4}")


class _FirstTagReached(Exception):
    def __init__(self, attributes: dict[str, str]) -> None:
        self.attributes = attributes


def has_view_box(content: bytes) -> bool:
    """Tell whether the document says which part of the plane it shows, so that it can be scaled."""
    return _VIEW_BOX.fullmatch(_first_attributes(content).get("viewBox", "")) is not None


def _first_attributes(content: bytes) -> dict[str, str]:
    """Parse up to the first tag, before which no entity can be used."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = _stop
    try:
        parser.Parse(content)
    except _FirstTagReached as tag:
        return tag.attributes
    except expat.ExpatError:  # in an encoding that expat does not know
        pass
    return {}


def _stop(_: str, attributes: dict[str, str]) -> None:
    raise _FirstTagReached(attributes)
