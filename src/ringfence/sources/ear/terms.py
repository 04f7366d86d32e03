"""What the license requirement and review policy cells of the Entity List and the MEU List say.

Reads verbatim cells into classes and ordered item tests (15 CFR 744.11, 744.16 and the supplements to
part 744). It never drops a requirement: a cell that is not understood is `unclassified` (in force for
all items) or an `indeterminate` policy, and the verbatim text always stands beside.
"""

import re
import tomllib
from functools import cache
from importlib import resources

import msgspec

from ringfence.records import LicenseRequirement, LicenseReviewPolicy, PolicyTest, ReviewPolicyClass
from ringfence.records.listing import RequirementScope


class ItemPhrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One described set of items: its key, what it means, and the phrase (a regular expression) that names it."""

    key: str
    meaning: str
    phrase: str


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    items: tuple[ItemPhrase, ...]
    exceptions: tuple[ItemPhrase, ...]


_CLASSES: tuple[tuple[ReviewPolicyClass, str], ...] = (
    ("policy_of_denial", r"policy (?:of|for) denial"),
    ("presumption_of_denial", r"presumption (?:of|for) denial"),
    ("case_by_case", r"(?:(?:which will be )?reviewed on an? )?cas[ea][- ]by[- ]case(?: review| basis)?"),
    ("presumption_of_approval", r"presumption of approval"),
)
_CLASS = re.compile("|".join(f"(?P<{key}>{phrase})" for key, phrase in _CLASSES), re.IGNORECASE)
_ECCN = re.compile(r"\b\d[A-E]\d{3}(?:\.[a-z](?:\.\d+)*)?\b")
_SECTION = re.compile(r"\b(7\d\d\.\d+(?:\([a-z0-9]+\))*)")
_SEE = re.compile(r"\bsee\s*§.*", re.IGNORECASE)
_ALL_OTHER = re.compile(r"all (?:other )?items(?: subject to the EAR)?|all others", re.IGNORECASE)
_INCLUDING = re.compile(r"all items to include .*", re.IGNORECASE)
_APART = re.compile(r"\s*(?:apart from|except)\s+", re.IGNORECASE)

_PROJECTS = re.compile(r"when used in projects specified in\s*§\s*(746\.\d(?:\([a-z0-9]+\))*)", re.IGNORECASE)
_ALL_ITEMS = re.compile(r"\b(?:all|any) items?(?: subjects? to the EAR)?", re.IGNORECASE)
_SUPPLEMENT_2 = re.compile(r"listed in supplement no\. 2 to part 744", re.IGNORECASE)
_SUPPLEMENT_7 = re.compile(
    r"items on the CCL and (EAR ?99 items )?listed in supplement no\. 7 to part 746", re.IGNORECASE
)
_EXCEPT = re.compile(r"\bexcept(?! 740)\b|\bapart from\b", re.IGNORECASE)
_GOV = re.compile(r"License Exception (GOV) under § ?740\.11", re.IGNORECASE)

_FIRST_DIRECT_PRODUCT_RULE = re.compile(r"736\.2\(b\)\(3\)\(vi\)")
"""Where it stood from 2020-05-15 (85 FR 29849) until it moved to 734.9(e) in February 2022 (entries cite 87 FR 6026)."""
# Footnote figures stick to the words before them in text copies: `734.9(g),3`, `734.9(e)1`, `of the EAR)4`.
_FOOTNOTES = re.compile(
    r"734\.9\([eg]\)(?:\(\d\))?\s?,?\s?(?P<section>[1-5])(?=[\s,.]|$)(?!\s*\d{2}\.)|of the EAR\)?\.?\)?\s?(?P<end>[1-5])\.?\s*$"
    r"|of the EAR\s?(?P<plain>[1-5])\.?\s*$",
    re.IGNORECASE,
)


@cache
def tables() -> _Tables:
    """The reviewed phrases; read once."""
    text = resources.files(__package__).joinpath("terms.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Tables)


@cache
def read_requirement(text: str) -> LicenseRequirement:
    """Classify a license requirement cell.

    >>> read_requirement("For all items subject to the EAR. (See §744.11 of the EAR)").scope
    'all_items'
    """
    folded = _fold(text)
    exceptions = tuple(
        set_.key for set_ in tables().exceptions if re.search(set_.phrase, folded, re.IGNORECASE)
    )
    items: tuple[str, ...] = ()
    scope: RequirementScope = "unclassified"
    if supplement := _SUPPLEMENT_7.search(folded):
        scope = "listed_items"
        items = ("ccl_in_supplement_7_to_746", *(("EAR99_in_supplement_7_to_746",) if supplement[1] else ()))
    elif _SUPPLEMENT_2.search(folded):
        scope, items = "listed_items", ("supplement_2_to_744",)
    elif project := _PROJECTS.search(folded):
        scope, items = "project_items", (f"{project[1]}_project",)
    elif _ALL_ITEMS.search(folded):
        if exceptions:
            scope = "all_items_except"
        elif not _EXCEPT.search(folded):
            scope = "all_items"
    gov = ("GOV",) if _GOV.search(folded) else ()
    return LicenseRequirement(text, scope, exceptions if scope == "all_items_except" else (), items, gov)


@cache
def read_policy(text: str) -> LicenseReviewPolicy:
    """Read a license review policy cell into its tests: described items first, all other items last.

    >>> [t.policy for t in read_policy("Case-by-case for items on the CCL. Presumption of approval for EAR99").tests]
    ['case_by_case', 'presumption_of_approval']
    """
    folded = _fold(text)
    reference = ", ".join(dict.fromkeys(_SECTION.findall(folded))) or None
    body = _SEE.sub("", folded)
    found = list(_CLASS.finditer(body))
    if not found:
        tests = (PolicyTest("by_reference", reference=reference),) if reference else ()
        return LicenseReviewPolicy(text, tests)
    described: list[PolicyTest] = []
    other: list[PolicyTest] = []
    for number, match in enumerate(found):
        policy: ReviewPolicyClass = match.lastgroup  # type: ignore[assignment]
        if match[0].lower().startswith(("which will be", "reviewed on")):
            # "... apart from <items>, which will be reviewed on a case-by-case basis": the items stand before.
            before = body[found[number - 1].end() if number else 0 : match.start()]
            clause = _APART.split(before)[-1]
        else:
            end = found[number + 1].start() if number + 1 < len(found) else len(body)
            clause = _APART.split(body[match.end() : end])[0]
        items, whole = _items(clause)
        if items:
            described.append(PolicyTest(policy, items))
        if whole or not items:
            other.append(PolicyTest(policy))
    return LicenseReviewPolicy(text, (*described, *other))


def read_footnotes(text: str) -> tuple[int, ...]:
    """The footnote figures of a requirement cell of a plain-text copy, in ascending order.

    They are printed inside it. Copies lost that of the entries that cite the first direct product rule, which reaches
    footnote 1 and no other: the cell says it by the paragraph.
    """
    found = {int(m["section"] or m["end"] or m["plain"]) for m in _FOOTNOTES.finditer(text)}
    if _FIRST_DIRECT_PRODUCT_RULE.search(text):
        found.add(1)
    return tuple(sorted(found))


def _items(clause: str) -> tuple[tuple[str, ...], bool]:
    """The item sets a clause describes, and whether it (also) speaks of all or all other items.

    A described set whose phrase is not in the table is kept verbatim behind `text:`.
    """
    rest = _INCLUDING.sub("all items", clause)
    keys: list[str] = []
    for item_set in tables().items:
        if match := re.search(item_set.phrase, rest, re.IGNORECASE):
            keys.append(item_set.key)
            rest = rest[: match.start()] + " " + rest[match.end() :]
    eccns = _ECCN.findall(rest)
    rest = _ECCN.sub(" ", rest)
    whole = bool(_ALL_OTHER.search(rest)) and not keys and not eccns
    rest = re.sub(
        r"\b(?:all|other|items|for|and|or|the|ECCNs?|review|basis|designated|as|subject|to|EAR)\b|[\s.,;:()]+",
        " ",
        _ALL_OTHER.sub(" ", rest),
        flags=re.IGNORECASE,
    ).strip()
    if rest:
        keys.append(f"text:{clause.strip(' .,;')}")
    return (*eccns, *keys), whole


def _fold(text: str) -> str:
    folded = re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()
    return re.sub(r"(744\.\d+) \(", r"\1(", folded)
