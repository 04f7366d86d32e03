"""The settings of one run: read once at the edge, frozen, passed in. Nothing below reads the environment.

Settings come from a TOML file (`ringfence.toml` in the user's configuration folder, or the file that
`RINGFENCE_SETTINGS` names), then from `RINGFENCE_<NAME>` variables, then from the command line.
"""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from ringfence.errors import SettingsError

_PREFIX = "RINGFENCE_"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every setting there is. Scores are from 0 to 1.

    `review_at` is the score from which a listing is reported for review, `hit_at` the one from which it
    counts as a hit; None takes the matcher's calibrated defaults. `max_hits` bounds the listings reported
    for one party. `store` is a file path or a database address, `cache` the folder for saved indexes.
    `receivers` is the file that says whom `ringfence watch` tells.
    `review_policy` is a TOML file that says how alerts are decided; empty takes the defaults.
    """

    store: str = ""
    cache: str = ""
    review_at: float | None = None
    hit_at: float | None = None
    max_hits: int = 20
    receivers: str = ""
    review_policy: str = ""

    def __post_init__(self) -> None:
        """Refuse values that no run could honor."""
        for name in ("review_at", "hit_at"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= 1:
                raise ValueError(f"{name} must be above 0 and at most 1, not {value}")
        if self.review_at and self.hit_at and self.review_at > self.hit_at:
            raise ValueError(f"review_at ({self.review_at}) must not be above hit_at ({self.hit_at})")
        if self.max_hits < 1:
            raise ValueError(f"max_hits must be at least 1, not {self.max_hits}")

    @property
    def digest(self) -> str:
        """A name of the settings that can change an answer; where things are kept cannot."""
        material = {"review_at": self.review_at, "hit_at": self.hit_at, "max_hits": self.max_hits}
        return "sha256:" + hashlib.sha256(msgspec.json.encode(material, order="sorted")).hexdigest()


def read_settings(environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """The settings of this run. `given` values that are not None win over file and environment.

    Raises SettingsError, naming the setting and where it stands, for anything unknown or malformed.
    """
    environ = os.environ if environ is None else environ
    named = environ.get(f"{_PREFIX}SETTINGS")
    path = Path(named) if named else Path(platformdirs.user_config_dir("ringfence")) / "ringfence.toml"
    values: dict[str, Any] = {}
    where: dict[str, str] = {}
    if named or path.is_file():
        for key, value in _from_file(path).items():
            values[key], where[key] = value, str(path)
    for key in Settings.__struct_fields__:
        variable = f"{_PREFIX}{key.upper()}"
        if environ.get(variable):
            values[key], where[key] = environ[variable], variable
    unknown = {
        variable
        for variable in environ
        if variable.startswith(_PREFIX)
        and variable.removeprefix(_PREFIX).lower() not in (*Settings.__struct_fields__, "settings")
    }
    if unknown:
        raise SettingsError(
            f"{min(unknown)}: no such setting. Settings: "
            + ", ".join(f"{_PREFIX}{key.upper()}" for key in Settings.__struct_fields__)
        )
    for key, value in given.items():
        if value is not None:
            values[key], where[key] = value, f"--{key.replace('_', '-')}"
    values.setdefault("store", str(Path(platformdirs.user_data_dir("ringfence")) / "ringfence.db"))
    values.setdefault("cache", platformdirs.user_cache_dir("ringfence"))
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        places = ", ".join(sorted(set(where.values()))) or "defaults"
        raise SettingsError(f"{places}: {error}.") from None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML ({error}).") from None
