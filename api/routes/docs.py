"""`/docs`: the API as a page, from our own server like everything else; `/problems` explains."""

import html

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from api.pages.site import static_address
from api.pages.vendor import find_api_library
from api.problems import find_meaning

router = APIRouter(include_in_schema=False)

# Swagger UI sets styles on elements, which no policy without 'unsafe-inline' for styles allows;
# scripts stay ours alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
{head}
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
_WITHOUT_LIBRARY = """<h1>Esik API</h1>
<p>The <a href="/openapi.json">OpenAPI document</a> describes every operation.</p>"""
_PROBLEM = """<h1><code>{code}</code></h1>
<p><strong>{status}</strong> {title}</p>
<p>{meaning}</p>
<p><a href="/docs">All operations of the API</a></p>"""


@router.get("/docs")
async def show_docs(request: Request) -> HTMLResponse:
    """Show the OpenAPI document; where the library was not installed, link to it."""
    icon = static_address("map/icon.svg")
    library = find_api_library(request.app.state.settings.web_dir)
    if library is None:
        page = _PAGE.format(title="Esik API", head="", body=_WITHOUT_LIBRARY, icon=icon)
    else:
        head = (
            f'<link rel="stylesheet" href="{library.address}/swagger-ui.css">\n'
            f'<link rel="stylesheet" href="{static_address("css/docs.css")}">\n'
            f'<script defer src="{library.address}/swagger-ui-bundle.js"></script>\n'
            f'<script type="module" src="{static_address("js/docs.mjs")}"></script>'
        )
        body = '<div id="api"></div>'
        page = _PAGE.format(title="Esik API", head=head, body=body, icon=icon)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


@router.get("/problems/{code}")
async def show_problem(code: str) -> HTMLResponse:
    """Explain one kind of problem: the address that stands in `type` of every problem."""
    found = find_meaning(code)
    if found is None:
        raise HTTPException(404)
    status, title, meaning = found
    body = _PROBLEM.format(
        code=code, status=status, title=html.escape(title), meaning=html.escape(meaning)
    )
    page = _PAGE.format(title=code, head="", body=body, icon=static_address("map/icon.svg"))
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})
