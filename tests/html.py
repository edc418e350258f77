"""What is wrong with a page's HTML, as far as a parser can say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from xml.etree.ElementTree import Element

import html5lib  # type: ignore[import-untyped]

_REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget")
_ADDRESSES = ("src", "href", "action", "hx-get", "hx-post", "data")
_FOREIGN = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)


def faults(html: str, *, is_fragment: bool = False) -> list[str]:
    """Name parse errors, doubled ids, references to nothing, inline code and foreign addresses."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parseFragment(html) if is_fragment else parser.parse(html)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    ids = Counter(element.get("id") for element in elements if element.get("id"))
    return [
        *(f"parse error {code} at {place}" for place, code, _ in parser.errors),
        *(f"id {name} is used {count} times" for name, count in ids.items() if count > 1),
        *chain.from_iterable(_faults_of(one, ids, is_fragment=is_fragment) for one in elements),
    ]


def _faults_of(element: Element, ids: Counter[str], *, is_fragment: bool) -> Iterator[str]:
    if not is_fragment:  # a fragment may point at what the page around it has
        yield from _dangling(element, ids)
    for name in _ADDRESSES:
        if _FOREIGN.match(element.get(name) or ""):
            yield f"{element.tag} {name} leaves the console: {element.get(name)}"
    for name in element.attrib:
        if name == "style" or name.startswith(("on", "hx-on")):
            yield f"{element.tag} has {name}"
    if _is_inline_code(element):
        yield f"an inline {element.tag}"


def _dangling(element: Element, ids: Counter[str]) -> Iterator[str]:
    for name in _REFERENCES:
        for target in (element.get(name) or "").split():
            if target not in ids:
                yield f"{element.tag} {name} points at {target}, which is not there"


def _is_inline_code(element: Element) -> bool:
    if element.tag == "script":
        return not element.get("src") and "json" not in element.get("type", "")
    return element.tag == "style"
