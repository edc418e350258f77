"""Contact details in text: numbers, addresses and the handles of messengers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WECHAT = (
    r"(?:微信|微\s信|薇信|徽信|威信|微芯|卫星|葳信|加微|加威|加薇|绿泡泡|加v|(?<![a-z0-9])v\s?信"
    r"|(?<![a-z0-9])(?:\+v|v\s?x|w\s?x|we\s?chat|wei\s?xin)(?=[^a-z]))"
)
_QQ = r"(?:扣扣|抠抠|企鹅号?|(?<![a-z])qq|q群|群号|加q)"
_MESSENGER = (
    r"(?:telegram|whats\s?app|signal|skype|instagram|snapchat|viber|kakao\s?talk|kakao|zalo|wickr"
    r"|discord|line\s?id|kik|飞机号?|电报|纸飞机|蝙蝠|(?<![a-z])(?:tg|ig|ins|wa|line))"
)
_LABEL_END = r"\s*(?:号码?|群|id|账号|帐号)?\s*(?:[:;是为@]|->|→|\s){1,3}\s*"
_LABEL_END_OR_NONE = r"\s*(?:号码?|群|id|账号|帐号)?\s*(?:[:;是为]|->|→|\s){0,3}\s*"
_HANDLE = r"(?=[a-z0-9_.\-]*[0-9_])[a-z0-9][\w.\-]{3,30}"
_ID = r"(?:[a-z][a-z0-9_\-]{4,19}|[1-9]\d{4,11})(?![a-z0-9])"

_TOP_DOMAINS = (
    "com|net|org|cn|cc|vip|top|xyz|io|me|club|shop|live|app|site|online|tv|info|ru|ly|win|bet|co|us|uk"
    "|de|fr|es|it|eu|in|jp|kr|hk|tw|sg|my|vn|id|th|br|mx|ca|au|biz|pro|fun|link|store|tech|icu|gg|to"
    "|ai|dev|cloud|space|website|casino|poker|sex|porn|xxx|gl|page|art|work|wang|ltd|group|la|ws|be"
)
_URL = (
    r"(?:https?\s?:\s?//|(?<![a-z0-9])www\s?\.)[a-z0-9\-._~:/?#@!$&()*+,;=%]{4,500}"
    rf"|(?<![@\w.\-])(?:[a-z0-9][a-z0-9\-]{{1,62}}\.){{1,6}}(?:{_TOP_DOMAINS})(?![a-z0-9])"
    r"(?:/[a-z0-9\-._~:/?#@!$&()*+,;=%]{0,500})?"
)
_NOT_A_DOMAIN = re.compile(
    r"^(?:node|next|vue|react|express|three|socket|asp|ado|vb|d3|deno|nuxt|main|index|readme|setup)"
    r"\.(?:js|net|io|py|md|to|it|me|be)$"
)


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact detail; start and end count characters of the text that was searched."""

    rule: str
    words: str
    start: int
    end: int


_PATTERNS = {
    "wechat": rf"{_WECHAT}{_LABEL_END_OR_NONE}(?:{_ID}|1[3-9]\d{{9}})",
    "qq": rf"{_QQ}{_LABEL_END_OR_NONE}[1-9]\d{{4,11}}(?!\d)",
    "phone_cn_mobile": r"(?<![\d.])(?:\+?86[\s-]?)?1[3-9]\d[\s\-·.]?\d{4}[\s\-·.]?\d{4}(?!\d)",
    "phone_cn_fixed": r"(?<!\d)\(?0\d{2,3}[\s\-)]{1,2}[2-8]\d{6,7}(?!\d)",
    "phone_cn_service": r"(?<![\d\-])[48]00(?:[\s-]\d{3}[\s-]?\d{4}|\d{7})(?!\d)",
    "phone_international": (
        r"(?<![\d.])\+\d{1,3}[\s\-.(]{0,2}\d{1,4}[\s\-.)]{0,2}\d{2,4}[\s\-.]?\d{2,4}(?:[\s\-.]?\d{2,4})?"
        r"(?!\d)"
    ),
    "phone_north_america": (
        r"(?<![\d\-.])(?:1[\s\-.])?\(?[2-9]\d{2}\)?[\s\-.]\d{3}[\s\-.]\d{4}(?![\d\-])"
    ),
    "email": (
        r"[a-z0-9][a-z0-9._%+\-]{0,63}\s?@\s?(?:[a-z0-9][a-z0-9\-]{0,62}\.){1,6}[a-z]{2,10}(?![a-z0-9])"
    ),
    "url": _URL,
    "messenger_link": (
        r"(?<![\w.])(?:t\.me|telegram\.me|wa\.me|m\.me|line\.me|discord\.gg|chat\.whatsapp\.com|linktr\.ee)"
        r"/[\w+@/\-]{1,100}"
    ),
    "messenger": (
        rf"(?<![a-z]){_MESSENGER}{_LABEL_END}"
        rf"(?:@[a-z][\w.]{{3,31}}|{_HANDLE}|\+?\d[\d\s\-()]{{6,20}})"
    ),
}
_COMPILED = {rule: re.compile(pattern) for rule, pattern in _PATTERNS.items()}

# What may be wrapped between its label and itself; anything else on two lines is chance.
LABELLED_RULES = frozenset({"wechat", "qq", "messenger"})


def find_contacts(text: str) -> Iterator[Contact]:
    """Find contact details in tidy text with ASCII digits; one detail may fit several rules."""
    for rule, pattern in _COMPILED.items():
        for match in pattern.finditer(text):
            if not _NOT_A_DOMAIN.match(match.group()):
                yield Contact(rule, match.group().strip(), match.start(), match.end())
