"""Text made ready for search: one spelling for each word, words split by script, English endings taken off."""

import re
import threading
import unicodedata
from functools import cache, lru_cache
from typing import Any, Final

# Accents and umlauts over Latin, Greek and Cyrillic letters. Vowel signs of other scripts are letters, and stay.
_ACCENT: Final = re.compile("[\u0300-\u036f]")
_POSSESSIVE: Final = re.compile(r"['’](?:s\b)?")
# Letters that decompose into no other letter, and that people type without a hand for them.
_PLAIN: Final = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i"})
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_UNSPACED: Final = "\u3040-\u30ff\u0e00-\u0eff\u1780-\u17ff"  # kana, Thai, Lao, Khmer
_INDIC: Final = "\u0900-\u0963\u0966-\u0dff"  # their vowel signs are no letters to `\\w`, and belong to the word
_RUN: Final = re.compile(f"([{_HAN}]+)|([{_UNSPACED}]+)|((?:[^\\W_{_HAN}{_UNSPACED}]|[{_INDIC}])+)")

_ASCII_WORD: Final = re.compile("[0-9a-z]+")  # what _RUN finds in texts without other letters, in a fifth of the time

_jieba_lock = threading.Lock()


def normalise(text: str) -> str:
    """One spelling of what looks or sounds the same: NFKC, case folded, without accents, pictures by their names."""
    folded = unicodedata.normalize("NFKC", spoken(text)).casefold().translate(_PLAIN)
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", folded)))


def spoken(text: str) -> str:
    """The text with each emoji put into words by its Unicode name: a slice of pizza is "slice of pizza"."""
    if text.isascii():
        return text
    return "".join(f" {unicodedata.name(sign, '').lower()} " if _is_picture(sign) else sign for sign in text)


def says_something(text: str) -> bool:
    """Whether a text has a letter or an emoji: anything beside digits and punctuation."""
    return any(sign.isalpha() or _is_picture(sign) for sign in text)


def _is_picture(sign: str) -> bool:
    """Whether a sign is a picture of something, as those outside the basic plane are, and not a mark such as (c)."""
    return sign >= "\U0001f300" and unicodedata.category(sign) == "So"


def words(text: str) -> list[str]:
    """The words of a text in order, normalised. Chinese by jieba, scripts without spaces by pairs of letters."""
    if text.isascii():
        return _ASCII_WORD.findall(_POSSESSIVE.sub("", text.lower()))
    found: list[str] = []
    for run in _RUN.finditer(_POSSESSIVE.sub("", normalise(text))):
        han, unspaced, spaced = run.groups()
        if spaced:
            found.append(spaced)
        elif unspaced:
            found.extend(unspaced[at : at + 2] for at in range(max(len(unspaced) - 1, 1)))
        elif han:
            found.extend(_chinese().cut_for_search(han))
    return found


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """An English word without its ending (Snowball): "diapers" and "diaper" are one. Other scripts stay as they are."""
    if not word.isascii() or not word.isalpha():
        return word
    found = _english().analyze(word)
    return found[0] if found else word


@cache
def _english() -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer("english")).build()


def _chinese() -> Any:
    """jieba with its dictionary in memory only.

    Left to itself it caches the dictionary in the machine's shared temporary folder, from where it would also read what
    another user put there. Reading the dictionary takes 0.6 s, once in a process that meets Chinese.
    """
    with _jieba_lock:
        return _read_dictionary()


@cache
def _read_dictionary() -> Any:
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer
