"""Styles, scripts and pictures, under a folder that is named by the content of all of them.

A file never changes under its address, so browsers keep it for a year; modules find each other by relative imports.
"""

import hashlib
from functools import cache
from importlib.resources import files

from litestar import Response, get
from litestar.params import FromPath

from ringfence.errors import NotKnown
from ringfence.interfaces.pictures import asset
from ringfence.interfaces.web.access.roles import needs

_MEDIA = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


@cache
def _held() -> dict[str, bytes]:
    folder = files(__package__).joinpath("static")
    own = {
        one.name: one.read_bytes()
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if one.name.rpartition(".")[2] in _MEDIA
    }
    return own | {name: asset(name).encode() for name in ("picture.css", "picture.js")}


@cache
def _edition() -> str:
    digest = hashlib.sha256()
    for name, content in _held().items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def address_of(name: str) -> str:
    """The address of a static file. Raises KeyError for one that is not there."""
    return f"/static/{_edition()}/{name}" if name in _held() else _held()[name].decode()


@get(
    "/static/{edition:str}/{name:str}",
    sync_to_thread=False,
    opt=needs("open"),
)
def static_file(edition: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """One file, to be kept for good."""
    if edition != _edition() or name not in _held():
        raise NotKnown(
            "no such file; it may have been of an earlier version of the pages. Load the page again."
        )
    return Response(
        _held()[name],
        media_type=_MEDIA[name.rpartition(".")[2]],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
