"""Recognise how a file is written: its encoding, what separates cells, how numbers and dates look."""

import codecs
import datetime as dt
import re
from collections.abc import Iterable, Sequence

from kernel.exchange.sheets.choices import DATES, NUMBERS, SEPARATORS

__all__ = ["dates_of", "encoding_of", "numbers_of", "separator_of"]

LOOKED_AT = 200_000
"""Bytes by which an encoding is told; a whole file is decoded once it is read."""
COMMON = frozenset(
    "的一是不了在人有我他這这中大來来上國国個个到說说們们為为子和你地出道也時时年得就那要下以生會会自著去之過过家學学對对可"
    "里後后小麼么心多天而能好都然沒没日於于起還还發发成事只作當当想看文無无開开手十用主行方又如前所本見见經经頭头面公同三已老從从動动兩两"
    "長长司限股份有客戶户名稱称電电話话址聯联絡络數数量單单價价金額额期編编號号產产品類类別别規规格備备註注總总計计稅税付款訂订"
    "貨货廠厂商業业員员部門门職职位市區区路街段巷弄樓楼台臺北京海南東东西省縣县車车輪轮架零件科技實实工程材料倉仓庫库進进銷销存帳账")
"""Characters that business texts are full of, as both scripts write them."""
NUMBER_LIKE = re.compile(r"[+-]?\d[\d.,' ]*\d|\d")
PLAIN_FORMS = {
    name: re.compile(
        rf"[+-]?(?:\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d+)?|\d+{re.escape(decimal)}\d+)")
    for name, (decimal, thousands) in NUMBERS.items()}


def encoding_of(data: bytes) -> str:
    """Tell a file's encoding by its content; windows-1252 where nothing else fits."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _decodes(data, "utf-8"):
        return "utf-8"
    head = data[:LOOKED_AT]
    if head and head.count(0) > len(head) // 5:
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    scores = {name: _commonness(head, name) for name in ("big5hkscs", "gb18030")}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > 0 else "windows-1252"


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _commonness(data: bytes, encoding: str) -> float:
    """Say which part of the characters beyond ASCII are common ones; less than nothing where it doesn't decode."""
    try:
        # The last character may be cut in two.
        text = codecs.getincrementaldecoder(encoding)("strict").decode(data)
    except UnicodeDecodeError:
        return -1.0
    wide = [sign for sign in text if sign > "\x7f"]
    return sum(sign in COMMON for sign in wide) / len(wide) if wide else 0.0


def separator_of(text: str) -> str:
    """Tell what separates the cells of a file: what stands outside of quotes in its first line most often."""
    first = re.sub(r'"[^"]*"', "", text.lstrip("\ufeff\r\n")).split("\n", 1)[0]
    return max(SEPARATORS, key=first.count)


def numbers_of(cells: Iterable[str]) -> str:
    """Tell how numbers are written; what fits several ways counts for the more usual one."""
    votes = dict.fromkeys(NUMBERS, 0.0)
    for cell in cells:
        text = cell.strip()
        if not NUMBER_LIKE.fullmatch(text):
            continue
        fitting = [name for name, form in PLAIN_FORMS.items() if form.fullmatch(text)]
        for name in fitting:
            votes[name] += 1 / len(fitting)
        if re.fullmatch(r"[+-]?\d+,\d{1,2}", text):
            votes["1.234,56"] += 1
    return max(votes, key=votes.__getitem__)


def dates_of(cells: Sequence[str]) -> str:
    """Tell how dates are written: the form that most cells have; the first of `DATES` where none fits."""
    fitting = {name: sum(_is_date(cell.strip().split(" ")[0], form) for cell in cells) for name, form in DATES.items()}
    return max(fitting, key=fitting.__getitem__)


def _is_date(text: str, form: str) -> bool:
    if len(text) < 6:  # no date is shorter, and most numbers are
        return False
    try:
        found = dt.datetime.strptime(text, form)  # noqa: DTZ007  # only whether it is one
    except ValueError:
        return False
    return 1900 <= found.year < 2200  # the years that business is about
