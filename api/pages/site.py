"""How a page is put together: templates, texts, addresses of static files, security headers.

The content security policy allows nothing inline and no other host. Static files carry a
digest in the address, so browsers keep them for ever and still get new ones at once.
"""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import orjson
from babel.dates import format_date
from babel.numbers import format_decimal
from fastapi import Request
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from api.pages import texts
from api.pages.languages import LANGUAGES, OWN_NAMES, load_translations
from api.pages.state import list_pairs
from audits.verdicts.texts import find_text

_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
CONTENT_SECURITY_POLICY = "; ".join(_DIRECTIVES)

_DAYS = {"ru": "d MMMM y"}
"""The long form ends with a full stop in Russian, and sentences have their own."""

STATIC = Path(str(resources.files("api.pages").joinpath("static")))


@cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("api.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    messages = load_translations(language)
    # Jinja takes every text that comes back for markup; ours are plain texts, so they are escaped.
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # made by the extension
        lambda message: escape(messages.gettext(message)),
        lambda one, many, number: escape(messages.ngettext(one, many, number)),
        newstyle=True,
    )
    environment.globals.update(
        static=static_address,
        texts=texts,
        as_data=as_data,
        list_pairs=list_pairs,
        feature=partial(_name_feature, language),
    )
    environment.filters.update(
        day=lambda moment: format_date(moment, _DAYS.get(language, "long"), locale=language),
        number=lambda value, pattern="#,##0.##": format_decimal(value, pattern, locale=language),
    )
    return environment


def _name_feature(language: str, name: str) -> str:
    if name in texts.FEATURES:
        return translate(language, texts.FEATURES[name])
    return find_text(f"badge.{name}", language) or name


@cache
def static_digest() -> str:
    """Give one digest of all static files: scripts import each other by relative address."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def static_address(name: str) -> str:
    """Give the address of a static file, with the digest."""
    return f"/static/{static_digest()}/{name}"


def as_data(value: object) -> Markup:
    """Write a value as JSON for a `<script type="application/json">`, which never runs."""
    text = orjson.dumps(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - every character that could end the element is escaped


def render(
    request: Request,
    language: str,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HTMLResponse:
    """Render a page in a language, with the headers that every page carries."""
    environment = _environment(language)
    languages = [
        {"code": code, "name": OWN_NAMES[code], "href": _in_language(request, code)}
        for code in LANGUAGES
    ]
    # Pages whose address holds the language elsewhere bring links of their own.
    shown = {"language": language, "languages": languages, **context}
    body = environment.get_template(template).render(shown)
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Content-Language": language,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, X-Fragment",
    }
    content: str | bytes = body
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(body.encode(), compresslevel=5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return HTMLResponse(content, status_code=status, headers=headers)


def translate(language: str, message: str) -> str:
    """Translate a message outside a template."""
    return load_translations(language).gettext(message)


def translate_count(language: str, one: str, many: str, number: int) -> str:
    """Translate a message about a number, `%(num)s` in it, outside a template."""
    return load_translations(language).ngettext(one, many, number) % {"num": number}


def _in_language(request: Request, language: str) -> str:
    """Give the address of the present page in another language, with the same query."""
    _, _, rest = request.url.path.lstrip("/").partition("/")
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/{language}/{rest}{query}"
