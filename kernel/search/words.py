"""How words are compared: without case, accents, width or punctuation, on SQLite and PostgreSQL alike.

A word is looked up by the grams of its letters: for each letter the word's next five from there on. So whatever
stands inside of a word is the beginning of a gram, in Chinese from one character on and in the middle of a number.
"""

import re
import unicodedata

__all__ = ["LONGEST", "asked_words", "folded", "grams"]

LONGEST = 5
"""Letters of a gram. A longer word that is asked for is looked up by its last ones, which tell numbers apart."""
MOST_GRAMS = 20_000
"""Of one row: PostgreSQL holds a megabyte of them."""
MOST_WORDS = 8
LONGEST_WORD = 100
_CHUNK = re.compile(r"\S+")
_BETWEEN = re.compile(r"[\W_]+")
_PHONE = re.compile(r"\s*\+?\d[\d\s()./-]{4,}")
_MARKS = re.compile("[\u0300-\u036f]+")


def folded(text: str) -> str:
    """Give the words of a text as they are compared, with a blank between: "SO-2026-07, Café" as "so202607 cafe".

    A telephone number is one word, however it was written.
    """
    if text.isascii():
        plain = text.lower()
    else:
        plain = unicodedata.normalize(
            "NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold())
    if _PHONE.fullmatch(plain):
        return _BETWEEN.sub("", plain)
    return " ".join(filter(None, (_BETWEEN.sub("", chunk) for chunk in _CHUNK.findall(plain))))


def asked_words(text: str) -> list[str]:
    """Give the words somebody searches for, as they are compared; empty where there is no letter or figure in them."""
    words = folded(" ".join(_CHUNK.findall(text))).split()
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in words))[:MOST_WORDS]


def grams(words: str) -> str:
    """Give the grams of folded words, with a blank between."""
    found: dict[str, None] = {}
    for word in words.split():
        for at in range(len(word)):
            found[word[at:at + LONGEST]] = None
        if len(found) >= MOST_GRAMS:
            break
    return " ".join(list(found)[:MOST_GRAMS] if len(found) > MOST_GRAMS else found)
