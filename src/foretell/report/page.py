"""Page: what every self-contained page is made of: templates, style, script, data and policy."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from foretell.report.card_text import small
from foretell.report.numbers import count, fixed, plural
from foretell.report.origins import chance_text, spell

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_page"]


def render_page(template: str, *, styles: str, script: str, data: Any, **context: Any) -> str:
    """Fill a template that extends ``page.html``; nothing in it can load or send anything.

    Parameters
    ----------
    template : name of the template.
    styles : names of style sheets, separated by blanks.
    script : name of the page's own script, which follows ``page.js``.
    data : plain JSON that the script reads.
    context : what the template names; `title` and `version` among them.
    """
    style = "".join(map(_source, styles.split()))
    code = _source("page.js") + _source(script)
    html = (
        _environment()
        .get_template(template)
        .render(
            **context,
            data=_embedded(data),
            style=Markup(style),
            script=Markup(code),
            policy=_policy(style, code),
        )
    )
    return html.encode("utf-8", "replace").decode("utf-8")  # names may hold half a character


def _environment() -> Environment:
    """Return the templates, with the ways in which all pages write numbers and words."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("foretell.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "count": count,
        "plural": plural,
        "spell": spell,
        "sentence": _sentence,
        "chance": chance_text,
        "fixed": fixed,
        "small": small,
    }
    return templates


def _sentence(text: str) -> str:
    """Give a phrase its capital and its stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _source(name: str) -> str:
    """Return the text of a style sheet or script."""
    return files("foretell.report").joinpath("templates", name).read_text(encoding="utf-8")


def _embedded(data: dict[str, Any]) -> Markup:
    """Write JSON that no HTML parser can mistake for markup, whatever the names in it are."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _policy(style: str, script: str) -> str:
    """Return the content security policy: this style, this script, and no request at all."""
    parts = (
        "default-src 'none'",
        f"style-src {_digest(style)}",
        f"script-src {_digest(script)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(parts)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
