"""The OpenAPI document. Shapes come from msgspec, which also decodes and encodes them: what is written is what holds."""

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi.spec import Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

from ringfence.interfaces.web.problems import MEDIA_TYPE, Problem

_HOME = "#/components/schemas/{name}"


class _Named(Schema):
    """A schema that is written as the reference to its name."""

    name: str

    def to_schema(self) -> dict[str, Any]:
        return {"$ref": _HOME.format(name=self.name)}


class StructSchemas(OpenAPISchemaPlugin):
    """Refers to a struct by its name, and remembers which structs were referred to."""

    def __init__(self) -> None:
        self.used: dict[str, type[msgspec.Struct]] = {}

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Every struct."""
        return not field_definition.is_union and field_definition.is_subclass_of(msgspec.Struct)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Any:  # noqa: ARG002
        """The reference; the shape itself is written by `document`."""
        kind: type[msgspec.Struct] = field_definition.annotation
        self.used[kind.__name__] = kind
        named = _Named()
        named.name = kind.__name__
        return named


def forms(*media_types: str) -> dict[str, Any]:
    """The `opt` of a route that answers in these media types as well, when it is asked to."""
    return {"forms": media_types}


def document(app: Litestar) -> dict[str, Any]:
    """The whole document, in a fixed order."""
    described = app.openapi_schema.to_schema()
    described["paths"] = dict(sorted(described["paths"].items()))
    used = app.plugins.get(StructSchemas).used
    _, shapes = msgspec.json.schema_components([*used.values(), Problem], ref_template=_HOME)
    for operation in (one for path in described["paths"].values() for one in path.values()):
        operation["responses"].pop("400", None)
        operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    for path, method, media_types in _other_forms(app):
        answer = described["paths"][path][method]["responses"]["200"]
        answer["content"] |= {name: {"schema": {"type": "string"}} for name in media_types}
    components = described.setdefault("components", {})
    components["responses"] = {
        "Problem": {
            "description": "Why there is no answer.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": _HOME.format(name="Problem")}}},
        }
    }
    components["schemas"] = dict(sorted({**components.get("schemas", {}), **shapes}.items()))
    return described


def _other_forms(app: Litestar) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            for method in handler.http_methods:
                if method != "OPTIONS" and (media_types := handler.opt.get("forms")):
                    yield route.path_format, method.lower(), media_types
