"""Tags and filters that all templates have without loading them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import lucide
from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, Select
from django.template.context import RequestContext
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

register = template.Library()

RISK_ICONS = {
    "high": "octagon-alert",
    "medium": "triangle-alert",
    "low": "info",
    "none": "circle-check",
}
FULL_PERCENT = 100
PATH = re.compile(r'<path d="([^"]*)" />')
PATHS = re.compile(rf"(?:{PATH.pattern}){{2,}}")
RISK_NAMES = {"high": _("High"), "medium": _("Medium"), "low": _("Low"), "none": _("Safe")}


@register.simple_tag
def icon(name: str, cls: str = "", label: str = "", *, drawn: bool = False) -> SafeString:
    """Draw a Lucide icon; without a label it is decoration.

    drawn: the page has it as a symbol, as lists with an icon in each row should.
    """
    return _svg(str(name), str(cls), str(label), drawn=drawn)


@register.simple_tag
def icon_symbols(*names: str) -> SafeString:
    """Draw icons once, unseen, for those that are drawn=True."""
    symbols = "".join(
        f'<symbol id="i-{name}" viewBox="0 0 24 24">{_shapes(name)}</symbol>' for name in names
    )
    return mark_safe(f"<svg hidden>{symbols}</svg>")  # noqa: S308 - as below


@lru_cache(maxsize=512)
def _svg(name: str, cls: str, label: str, *, drawn: bool) -> SafeString:
    kind = f"icon {cls}".strip()
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    if drawn:
        return mark_safe(  # noqa: S308 - as below
            f'<svg class="{kind}" {said}><use href="#i-{name}"/></svg>'
        )
    return mark_safe(  # noqa: S308 - Lucide's own SVG
        f'<svg viewBox="0 0 24 24" class="{kind}" {said}>{_shapes(name)}</svg>'
    )


@lru_cache(maxsize=512)
def _shapes(name: str) -> str:
    """Return what is inside of an icon; how it is drawn, console.css says of all."""
    inside = lucide._render_icon(name, None).partition(">")[2].rpartition("</svg>")[0]
    inside = inside.replace("\n", "").replace("  <", "<").strip()
    return PATHS.sub(_joined, inside).replace(" />", "/>")


def _joined(paths: re.Match[str]) -> str:
    """Draw paths that follow each other as one; what is relative at the start is so to 0 0."""
    lines = [line if line[0] == "M" else f"M0 0{line}" for line in PATH.findall(paths[0])]
    return f'<path d="{"".join(lines)}" />'


@register.filter
def risk_icon(risk_level: str) -> str:
    """Name the icon of a risk level."""
    return RISK_ICONS.get(risk_level, "circle-help")


@register.filter
def risk_name(risk_level: str) -> str | Promise:
    """Say a risk level as the console writes it: "Safe" for none."""
    return RISK_NAMES.get(risk_level, risk_level)


@register.filter
def plain(number: object) -> str:
    """Write a number for an attribute, whatever the language's decimal mark; whole ones exactly."""
    value = float(str(number))
    return f"{value:.0f}" if value.is_integer() else f"{value:g}"


@register.filter
def minus(number: object, other: object) -> str:
    """Subtract, for an SVG attribute."""
    return f"{float(str(number)) - float(str(other)):g}"


@register.filter
def score(value: object) -> str:
    """Write a score for a number field; what is no number stays as it was typed."""
    try:
        return f"{float(str(value)):g}"
    except ValueError:
        return "" if value is None else str(value)


@register.filter
def percent(value: object) -> str:
    """Write a score for a slider or an SVG attribute; 0 if it is no number from 0 to 100."""
    try:
        number = float(str(value))
    except ValueError:
        return "0"
    return f"{number:g}" if 0 <= number <= FULL_PERCENT else "0"


@register.filter
def percent_of(used: float, whole: float) -> str:
    """Write how much of the whole is used, for an SVG attribute."""
    return f"{min(FULL_PERCENT, FULL_PERCENT * used / whole) if whole else 0:g}"


@register.filter
def spark_line(values: Sequence[float]) -> str:
    """Draw numbers as an SVG path over 100 by 40 units; empty if there are fewer than two."""
    if not values[1:]:
        return ""
    step, top = 100 / (len(values) - 1), max(*values, 1)
    heights = (40 - 38 * value / top for value in values)
    points = (f"{position * step:.4g} {height:.4g}" for position, height in enumerate(heights))
    return f"M{'L'.join(points)}"


@register.filter
def control(field: BoundField) -> SafeString:
    """Draw a form's field in the look of the console."""
    widget = field.field.widget
    kind = "input"
    if isinstance(widget, CheckboxInput):
        kind = "check"
    elif isinstance(widget, Select):
        kind = "select"
    return field.as_widget(attrs={"class": f"{kind} {widget.attrs.get('class', '')}".strip()})


@register.filter
def translated(text: str) -> str:
    """Translate a text of the catalogue; its English is the message id."""
    return gettext(text) if text else ""


@register.simple_tag
def mail_is_sent() -> bool:
    """Say whether mail goes to people rather than to the log, whatever this server is called by."""
    backend: str = settings.EMAIL_BACKEND
    is_console = backend == "django.core.mail.backends.console.EmailBackend"
    return not is_console and "*" not in settings.ALLOWED_HOSTS


@register.filter
def initials(name: str) -> str:
    """Return the first letters of the first two words."""
    return "".join(word[0] for word in name.replace(".", " ").split()[:2]).upper()


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: object) -> str:
    """Return the page's query string with some parameters changed, or dropped if empty."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"
