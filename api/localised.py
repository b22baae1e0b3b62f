"""In which language a request is answered, and the texts of what is wrong with it.

Codes and pointers are for programs and never change with the language; these sentences are for
people. `?lang=` wins over `Accept-Language`, Kazakh where neither names one of ours.
"""

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Query, Request

from api.pages.languages import LANGUAGES, choose_language
from audits.catalogue import latest

LanguageCode = Literal["kk", "ru", "en"]


def find_language(request: Request) -> LanguageCode:
    """Choose the language of an answer; never fails, also for a request that is bad elsewhere."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return cast("LanguageCode", asked)
    return cast("LanguageCode", choose_language(request.headers.get("accept-language", "")))


def _language(
    request: Request,
    lang: Annotated[
        LanguageCode | None, Query(description="Language of texts; else `Accept-Language`.")
    ] = None,
) -> LanguageCode:
    return lang or find_language(request)


Language = Annotated[LanguageCode, Depends(_language)]


def describe_errors(errors: Sequence[Any], language: str) -> list[Any]:
    """Add a sentence to every error that has a code; `params` fill it."""
    return [
        {**error, "detail": describe(str(error["code"]), error.get("params", {}), language)}
        if isinstance(error, dict) and "code" in error
        else error
        for error in errors
    ]


def describe(
    code: str, params: Mapping[str, Any], language: str, *, technical: str | None = None
) -> str:
    """Give the sentence for one code.

    A code without one gets a general sentence, with what the parser said in brackets, but never
    with what a check of our own said in English.
    """
    own = _texts()[language]
    text = own.get(code) or latest().texts[language].get(f"problem.{code}")
    if text is not None:
        with suppress(KeyError, ValueError, IndexError):
            return text.format_map(_without_english(params))
    if technical is None or code == "value_error":
        # What our own checks say is English; a sentence half in another language helps nobody.
        return own["other"]
    return f"{own['other']} ({technical})"


def _without_english(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the parser's list of words, "'a', 'b' or 'c'", with commas alone."""
    expected = params.get("expected")
    if not isinstance(expected, str):
        return params
    return {**params, "expected": expected.replace("' or '", "', '")}


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    text = files("api").joinpath("problem_texts.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
