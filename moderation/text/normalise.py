"""Text from a picture in the forms in which rules look at it."""

from __future__ import annotations

import re
import unicodedata

from moderation.text.traditional import simplified

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])[\s.\-_*·•|/\\~,。、+=#^'\"]+(?=[{_HAN}])")

_LEET = str.maketrans("@4310!$57€£", "aaeioisstel")
_LEET_RUN = re.compile(r"[a-z@$!0-9€£]+")
_LETTER = re.compile(r"[a-z]")
_LETTERS_APART = re.compile(r"(?<![^\W_])[a-z](?:[ .\-_*]{1,2}[a-z]){2,}(?![^\W_])")
_NOT_A_LETTER = re.compile(r"[^a-z]")
_JOINTS = re.compile(r"(?<=[^\W_])[\-_./·•|*~]+(?=[^\W_])")

_DIGIT_LETTERS = "零〇洞壹一幺贰二两叁三肆四伍五陆六柒七拐捌八玖九勾"
_DIGIT_WORDS = str.maketrans(_DIGIT_LETTERS, "0001112223344556677788999")
_DIGIT_RUN = re.compile(f"[{_DIGIT_LETTERS}0-9]{{5,}}")


def tidy(text: str) -> str:
    """Bring what looks or means the same into one form.

    Case, full width, circled digits and the like, traditional characters, and spaces; what is
    invisible is dropped.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", folded))
    return simplified(" ".join(folded.split()))


def with_spaces(text: str) -> str:
    """Part words that are joined by hyphens, dots or the like; text must be tidy."""
    return _JOINTS.sub(" ", text)


def without_leet(text: str) -> str:
    """Read digits and signs inside words as letters: "sh1t" is read as "shit"."""
    return _LEET_RUN.sub(lambda match: _as_letters(match.group()), text)


def _as_letters(run: str) -> str:
    return run.translate(_LEET) if _LETTER.search(run) else run


def without_gaps(text: str) -> str:
    """Join letters that were written apart: "f u c k" is read as "fuck"."""
    return _LETTERS_APART.sub(lambda match: _NOT_A_LETTER.sub("", match.group()), text)


def squeezed(text: str) -> str:
    """Join Chinese characters that spaces or signs keep apart."""
    return _BETWEEN_HAN.sub("", text)


def with_digits(text: str) -> str:
    """Write numbers of five digits or more in ASCII digits that are spelled in Chinese."""
    return _DIGIT_RUN.sub(lambda match: match.group().translate(_DIGIT_WORDS), text)
