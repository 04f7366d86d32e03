"""Templates of HTML and SVG: what all of them share."""

from typing import Any

import jinja2


def environment(package: str, **options: Any) -> jinja2.Environment:
    """The templates of a package: text is escaped, and a name that nobody gave is an error. `options` are those of jinja2."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
