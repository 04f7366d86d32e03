"""What a listed name is, where the list does not say: company, government body, vessel or unknown.

The lists of the Bureau of Industry and Security give no type. A name is typed only by words that leave
no doubt; everything else stays `unknown`, which is searched as any kind. A natural person is never
guessed from the absence of such words.
"""

import re

from ringfence.records import PartyKind

_LEGAL_FORM = re.compile(
    r"\b(?:co\.?,? ?ltd|ltd|limited|llc|l\.l\.c|inc|incorporated|corp|corporation|company|co\.|gmbh|a\.?g\.?(?=$|[ ,])|s\.a\.?|"
    r"s\.r\.l|s\.l\.?(?=$|[ ,])|b\.v|n\.v|oy|pty|plc|pte|sdn\.? bhd|fze|fzco|fzc|fz-?llc|jsc|ojsc|pjsc|cjsc|ooo|oao|zao|pao|"
    r"kft|a\.s\.?|sp\. z o\.o|sarl|sas|d\.o\.o|k\.k|joint[- ]stock|enterprises?|industr(?:y|ies)|trading|traders?|group|"
    r"holdings?|international|technolog(?:y|ies)|electronics?|logistics?|shipping|aviation|airlines?|airways|systems?|"
    r"engineering|manufactur\w+|import|export|supply|supplies|services?|solutions?|bank|firm|factory|plant|partners|"
    r"semiconductor|microelectronics?|optics|components?|telecom\w*|software|networks?|laborator(?:y|ies))\b",
    re.IGNORECASE,
)
_GOVERNMENT = re.compile(
    r"\b(?:ministry|bureau|department of|directorate|federal (?:agency|service|security)|public security|police|"
    r"armed forces|navy|army|air force|government|embassy|commission|border guard|intelligence|customs|"
    r"state (?:committee|council|agency)|prefecture|municipal(?:ity)?)\b",
    re.IGNORECASE,
)
_ORGANIZATION = re.compile(
    r"\b(?:universit\w+|institut\w*|academy|college|research (?:center|centre)|school|foundation|association|society|"
    r"hospital|cent(?:er|re)|council|organi[sz]ation|design bureau|observatory|museum)\b",
    re.IGNORECASE,
)
_VESSEL = re.compile(r"^(?:m/?v|m/?t|vessel) ", re.IGNORECASE)
_ADDRESS = re.compile(r"^address \d+", re.IGNORECASE)


def kind_of(name: str) -> PartyKind:
    """The kind that the words of a name leave no doubt about; `unknown` otherwise."""
    if _ADDRESS.search(name):
        return "address"
    if _VESSEL.search(name):
        return "vessel"
    if _GOVERNMENT.search(name) and not re.search(r"design bureau", name, re.IGNORECASE):
        return "government"
    if _ORGANIZATION.search(name):
        return "organization"
    if _LEGAL_FORM.search(name):
        return "company"
    return "unknown"
