"""The grocer's shorthand spelled out: FRZN, SALD DRSNG, OZ. The table is phrase.tsv, beside this file."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

CUT = 30  # the grocer cuts its texts here, mostly within a word

_SIZE_UNIT: Mapping[str, tuple[str, str]] = {
    name: (one, many)
    for names, one, many in (
        ("OZ OZS Z FLOZ", "oz", "oz"),
        ("FL OZ", "fl oz", "fl oz"),
        ("LB LBS", "lb", "lb"),
        ("ML MLL", "ml", "ml"),
        ("L LT LTR LRT LITER", "L", "L"),
        ("GAL GA GALON", "gal", "gal"),
        ("QT", "qt", "qt"),
        ("PT PTS", "pt", "pt"),
        ("SQ FT", "sq ft", "sq ft"),
        ("CU FT", "cu ft", "cu ft"),
        ("IN INCH", "in", "in"),
        ("FT", "ft", "ft"),
        ("YD YDS", "yd", "yd"),
        ("CM", "cm", "cm"),
        ("MM", "mm", "mm"),
        ("G GM GR", "g", "g"),
        ("KG", "kg", "kg"),
        ("MG", "mg", "mg"),
        ("CT", "count", "count"),
        ("PK PKS PAK", "pack", "pack"),
        ("PC PCS", "piece", "pieces"),
        ("DZ DOZ DZN", "dozen", "dozen"),
        ("LOAD LOADS LD LDS", "load", "loads"),
        ("USE USES", "use", "uses"),
        ("STEM STEMS", "stem", "stems"),
        ("ROLL ROLLS", "roll", "rolls"),
        ("SHEET SHEETS", "sheet", "sheets"),
        ("CUP CUPS CP", "cup", "cups"),
        ("PAIR", "pair", "pairs"),
        ("DOSE DOSES", "dose", "doses"),
        ("SLICE", "slice", "slices"),
        ("PADS", "pad", "pads"),
        ("BAGS", "bag", "bags"),
        ("STICK STICKS", "stick", "sticks"),
    )
    for name in ([names] if names in ("FL OZ", "SQ FT", "CU FT") else names.split())
}
_SIZE_WORD: Mapping[str, str] = {
    "LARGE": "large", "LG": "large", "LRG": "large", "MED": "medium", "MED.": "medium", "MEDIUM": "medium",
    "SMALL": "small", "SML": "small", "SM": "small", "MINI": "mini", "X-LARGE": "extra large", "XL": "extra large",
    "KING": "king size", "QUEEN": "queen size", "TWIN": "twin size", "TALL": "tall", "DZ": "1 dozen", "DOZ": "1 dozen",
    "GAL": "1 gal", "HALF GAL": "1/2 gal", "HLF GAL": "1/2 gal", "QT": "1 qt", "PT": "1 pt", "ONE SIZE": "one size",
    "LB": "per lb", "PER LB": "per lb",
}  # fmt: skip
_UNITS = "|".join(sorted((name.replace(" ", " ?") for name in _SIZE_UNIT), key=len, reverse=True))
_NUMBER = r"(?:\d+ )?\d+/\d+|\d*\.?\d+"
_MEASURE = re.compile(rf"(?P<number>{_NUMBER})[ -]*(?P<unit>{_UNITS})\b\.?")
_MANY = re.compile(rf"(?P<times>\d+)\s*[/X]\s*(?P<number>\d*\.?\d+)[ -]*(?P<unit>{_UNITS})\b")
_AREA = re.compile(r"^(\d*\.?\d+) ?(?:IN)? ?X ?(\d*\.?\d+) ?(IN|FT|YD|CM)\b")
_RANGE = re.compile(rf"^(\d*\.?\d+) ?- ?(\d*\.?\d+) ?(?P<unit>{_UNITS})\b")
_GRADE = re.compile(
    r"^(?:\(.*?\)|[A-Z]{1,4})?\s*(?=[\d.])"
)  # a leading code such as "P   16 OZ"; its meaning is not told
_FRACTIONS = {"1/2", "1/3", "2/3", "1/4", "3/4", "1/8", "3/8", "5/8", "7/8", "4/5", "1/5"}


@cache
def phrases(kind: str) -> Mapping[str, str]:
    """One section of phrase.tsv: what the grocer writes -> what a shopper reads."""
    text = files("shopkeeper.data.reader").joinpath("phrase.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {key: phrase for section, key, phrase in rows if section == kind}


def spelled(text: str) -> str:
    """A type or category in lower case words: "FRZN VEG/FRUIT (BULK" -> "frozen vegetable or fruit"."""
    text = text.upper()
    if len(text) == CUT and " " in text:
        text = text.rsplit(" ", 1)[0]
    text = re.sub(r"\([^)]*\)?", " ", text)
    text = re.sub(r"\bN/([A-Z])", r"NON-\1", text)
    text = re.sub(r"\bW/O\b\s*", " WITHOUT ", re.sub(r"\bW/(?!O\b)\s*", " WITH ", text))
    parts = [_words(part) for part in re.split(r"\s*(?::|,|;|\s-\s|-\s|\s-)\s*", text)]
    return _without_repeats(", ".join(part for part in parts if part))


def _words(text: str) -> str:
    """One stretch without commas: slashes read "or", ampersands "and", words spelled out."""
    choices = [_spell(choice) for choice in text.split("/")]
    choices = [choice for choice in choices if choice]
    if len(choices) > 1:
        return ", ".join(choices[:-1]) + " or " + choices[-1]
    return choices[0] if choices else ""


def _spell(text: str) -> str:
    """Words of one choice, spelled out by the table."""
    table = phrases("word")
    tokens = re.sub(r"\s*&\s*", " AND ", text).split()
    words: list[str] = []
    for token in tokens:
        bare = token.strip(".,*")
        words.append(table.get(bare) or "-".join(table.get(part) or part.lower() for part in bare.split("-")))
    return re.sub(r"\b(women|children|men) s\b", r"\1's", " ".join(word for word in words if word)).strip(" -")


def _without_repeats(text: str) -> str:
    """No word twice in a row, no stray punctuation."""
    text = re.sub(r"\b([\w']+)((?:,)? \1\b)+", r"\1", text)
    text = re.sub(r"\s+([,.])", r"\1", re.sub(r"\s{2,}", " ", text))
    return re.sub(r"\b(and|or|with|without)$", "", text.strip(" ,-/&")).strip(" ,-/&")


@cache
def size_phrase(size: str | None) -> str:
    """A package size as a shopper reads it: "6/12 OZ" -> "6 x 12 oz"; "" where it cannot be told."""
    if not size:
        return ""
    text = re.sub(r"\s+", " ", size.upper().replace("_", " ")).strip(" *").rstrip(".")
    text = text.replace("FL OZ", "FLOZ") if "FL OZ" in text else text
    if text in _SIZE_WORD:
        return _SIZE_WORD[text]
    text = _GRADE.sub("", text)
    for shape in (_area, _range, _several, _measures):
        phrase = shape(text)
        if phrase:
            return phrase
    return ""


def _area(text: str) -> str:
    match = _AREA.match(text)
    return f"{_number(match[1])} x {_number(match[2])} {match[3].lower()}" if match else ""


def _range(text: str) -> str:
    match = _RANGE.match(text)
    if not match or float(match[1]) >= float(match[2]):
        return ""
    return f"{_number(match[1])} to {_measure(match[2], match['unit'])}"


def _several(text: str) -> str:
    """ "6/12 OZ": six of twelve ounces, unless the slash makes a common fraction."""
    match = _MANY.match(text)
    if not match or f"{match['times']}/{match['number']}" in _FRACTIONS or int(match["times"]) in (0, 1):
        return ""
    return f"{match['times']} x {_measure(match['number'], match['unit'])}"


def _measures(text: str) -> str:
    """ "12 PK/12 OZ": the first two measures."""
    if text and not re.match(r"\d|\.", text):
        return ""
    matches = [match for match in _MEASURE.finditer(text) if not re.fullmatch(r"\d{5,}|0*", match["number"])]
    found = [_measure(match["number"], match["unit"]) for match in matches]
    return ", ".join(dict.fromkeys(found[:2]))


def _measure(number: str, unit: str) -> str:
    one, many = _SIZE_UNIT.get(unit) or _SIZE_UNIT[{"FLOZ": "FL OZ", "SQFT": "SQ FT", "CUFT": "CU FT"}.get(unit, unit)]
    return f"{_number(number)} {one if number == '1' else many}"


def _number(number: str) -> str:
    """ ".5" -> "0.5", "12.0" -> "12", "07" -> "7"."""
    if "/" in number:
        return number
    value = float(number)
    return str(int(value)) if value == int(value) else f"{value:g}"
