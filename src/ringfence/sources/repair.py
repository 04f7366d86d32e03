"""Letters lost or garbled on the way to publication, restored where that is certain.

The Consolidated Screening List holds bytes of old DOS and Macintosh code pages read as Windows-1252, in
single words of otherwise sound rows. A word is repaired only when the odd character stands inside letters
and the repaired one is a Latin letter; genuine curly quotes and section signs stay. A `?` stands for a
lost character and is left for the matcher, which treats it as one unknown letter.
"""

import re

# Windows-1252 characters that are not letters, but whose byte is a letter in code page 437.
_ODD = "”“‚„…†‡ˆ‰‹¡¢£¤¥™•–—˜›¦"
_INSIDE_WORD = re.compile(rf"(?<=[A-Za-z])[{re.escape(_ODD)}](?=[A-Za-z])")
_BEFORE_LETTERS = re.compile(r"(?<![^\s(,;/-])[‚„¡¢£¤](?=[A-Za-z]{2})")
_AFTER_LETTERS = re.compile(r"(?<=[A-Za-z])[¡¢£‚\u00a0](?=$|[\s,;.)])")
_ORDINAL = re.compile(r"(?<=\d)§(?=[.\s,]|$)")
_CAPITAL_INSIDE = re.compile(r"(?<=[A-Za-z])[ÅÄÇÉÑÖÜ](?=[a-z])")

_LOOKALIKES = dict(zip("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx", strict=True))
_CYRILLIC_WORD = re.compile(r"(?<![^\W\d_])[\u0400-\u04ff]+(?![^\W\d_])")
_LATIN = re.compile(r"[A-Za-z]")


def in_one_script(text: str) -> str:
    """The text with whole words of Cyrillic letters that look Latin in Latin, where all else is Latin.

    Certain only when every Cyrillic word of the text is of such letters and some word is Latin; else the same text.

    >>> in_one_script("Ditai Technology Со., Ltd."), in_one_script("ООО Восток Co.")
    ('Ditai Technology Co., Ltd.', 'ООО Восток Co.')
    """
    words = _CYRILLIC_WORD.findall(text)
    if not words or not _LATIN.search(text) or not set("".join(words)) <= _LOOKALIKES.keys():
        return text
    return _CYRILLIC_WORD.sub(lambda match: "".join(map(_LOOKALIKES.__getitem__, match[0])), text)


def repair(text: str) -> str:
    """The text with garbled letters restored; the same text when there is nothing certain to restore.

    >>> repair("Co”peratief"), repair("Delegaci¢n"), repair("DÅsseldorf"), repair("the “Corps”")
    ('Coöperatief', 'Delegación', 'Düsseldorf', 'the “Corps”')
    """
    if text.isascii():
        return text
    repaired = _INSIDE_WORD.sub(_from_dos, text)
    repaired = _BEFORE_LETTERS.sub(_from_dos, repaired)
    repaired = _AFTER_LETTERS.sub(_from_dos, repaired)
    repaired = _ORDINAL.sub("º", repaired)
    return _CAPITAL_INSIDE.sub(_from_macintosh, repaired)


def _from_dos(match: re.Match[str]) -> str:
    return _letter_or(match[0], match[0].encode("cp1252").decode("cp437"))


def _from_macintosh(match: re.Match[str]) -> str:
    return _letter_or(match[0], match[0].encode("mac_roman").decode("cp437"))


def _letter_or(published: str, letter: str) -> str:
    return letter if letter.isalpha() and letter != published else published
