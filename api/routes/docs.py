"""`/docs`: the API as a page, from our own server like everything else."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from api.pages.site import static_address
from api.pages.vendor import find_api_library

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
<title>Esik API</title>
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


@router.get("/docs")
async def show_docs(request: Request) -> HTMLResponse:
    """Show the OpenAPI document; where the library was not installed, link to it."""
    icon = static_address("map/icon.svg")
    library = find_api_library(request.app.state.settings.web_dir)
    if library is None:
        page = _PAGE.format(head="", body=_WITHOUT_LIBRARY, icon=icon)
    else:
        head = (
            f'<link rel="stylesheet" href="{library.address}/swagger-ui.css">\n'
            f'<link rel="stylesheet" href="{static_address("css/docs.css")}">\n'
            f'<script defer src="{library.address}/swagger-ui-bundle.js"></script>\n'
            f'<script type="module" src="{static_address("js/docs.mjs")}"></script>'
        )
        page = _PAGE.format(head=head, body='<div id="api"></div>', icon=icon)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})
