"""A mail is read whatever its charset, and what is broken as far as it can be."""

from __future__ import annotations

import random
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.mail.incoming.parsing import LONGEST_TEXT, read_mail


@pytest.mark.parametrize(("charset", "said", "who", "about"), [
    ("gb2312", "您好，镕基的订单", "王小明", "询价：车架"), ("gb18030", "㐀𠀀订单", "王小明", "报价"),
    ("big5", "您好，請報價", "陳美華", "詢價：車架"), ("big5-hkscs", "啲單車", "陳", "單"),
    ("utf-8", "Grüße 您好", "Jürgen", "Angebot für 車"), ("iso-2022-jp", "見積もり", "山田", "件名"),
    ("euc-kr", "견적", "김", "문의")])
def test_a_charset_is_read_in_encoded_words_and_in_bare_bytes(charset: str, said: str, who: str, about: str) -> None:
    codec = "gb18030" if charset == "gb2312" else "big5hkscs" if charset == "big5" else charset
    body = said.encode(codec)
    bare = (f"From: {who} <a@b.example>\r\nSubject: {about}\r\n").encode(codec)
    type_ = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode()
    import base64

    word = f"=?{charset}?B?{base64.b64encode(about.encode(codec)).decode()}?="
    named = f"=?{charset}?B?{base64.b64encode(who.encode(codec)).decode()}?="
    encoded = f"From: {named} <A@B.example>\r\nSubject: {word}\r\n".encode()
    for head in (encoded, bare) if charset not in ("iso-2022-jp", "euc-kr") else (encoded,):
        read = read_mail(head + type_ + body)
        assert (read.text, read.sender_name, read.sender, read.subject) == (said, who, "a@b.example", about)


def test_html_is_read_as_text_and_nothing_of_it_runs() -> None:
    html = ("<html><head><style>p{color:red}</style><script>alert(1)</script></head><body><p>Please <b>quote</b></p>"
            "<img src=x onerror=alert(1)><table><tr><td>Frame</td><td>20</td></tr></table></body></html>")
    read = read_mail(b"From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html.encode())
    assert "Please quote" in read.text
    assert "Frame" in read.text
    assert "alert" not in read.text
    assert "<" not in read.text


def test_plain_text_comes_before_html_unless_it_is_empty() -> None:
    for plain, shown in (("Words", "Words"), (" ", "Marked up")):
        mail = EmailMessage()
        mail["From"] = "a@b.example"
        mail.set_content(plain)
        mail.add_alternative("<p>Marked up</p>", subtype="html")
        mail.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="報價 1.pdf")
        read = read_mail(mail.as_bytes())
        assert read.text == shown
        assert [(each.name, each.content) for each in read.files] == [("報價 1.pdf", b"%PDF-1")]


def test_a_mail_within_a_mail_is_a_file() -> None:
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    inner.set_content("inside")
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content("See below")
    mail.add_attachment(inner)
    read = read_mail(mail.as_bytes())
    assert read.text == "See below"
    assert [each.name for each in read.files] == ["Mail.eml"]
    assert b"inside" in read.files[0].content


@pytest.mark.parametrize("raw", [
    b"", b"\r\n\r\n", b"\x00" * 500, b"Subject: =?utf-8?B?!!!?=\r\n\r\nx", b"Subject: =?nonsense?Q?=41?=\r\n\r\nx",
    b"From: a@b\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
    b"From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=\"",
    b"From: \"Anna <a@b.example>\r\nDate: never\r\nMessage-ID: <<<>>>\r\n\r\nhi",
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%not base64%%%",
    b"Content-Disposition: attachment; filename*=utf-8''%FF%FE; filename*0*=x''\r\n\r\nx",
    b"Content-Type: text/html\r\n\r\n" + b"<div>" * 20_000,
    b"Date: Fri, 99 Feb 99999 99:99:99 +9999\r\n\r\nx",
])
def test_what_is_broken_is_read_as_far_as_it_can_be(raw: bytes) -> None:
    read = read_mail(raw)
    assert len(read.key) == 64
    for said in (read.text, read.subject, read.sender, read.sender_name, *(each.name for each in read.files)):
        said.encode()
        assert "\x00" not in said


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.randoms(use_true_random=False))
def test_no_mail_stops_the_reader(noise: bytes, chance: random.Random) -> None:
    mail = (b"From: =?gb2312?B?zfXQocP3?= <a@b.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: "
            b"multipart/mixed; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/plain; charset=big5\r\n\r\n"
            b"\xa7A\xa6n\r\n"
            b"--x\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n"
            b"--x--\r\n")
    at = chance.randrange(len(mail))
    read_mail(mail[:at] + noise + mail[at + len(noise) // 2:]).text.encode()


def test_what_a_machine_wrote_is_told_apart() -> None:
    for header in (b"Auto-Submitted: auto-replied", b"Precedence: bulk", b"Return-Path: <>", b"X-Autoreply: yes"):
        assert read_mail(header + b"\r\nFrom: a@b\r\n\r\nI am away").automatic
    assert not read_mail(b"Auto-Submitted: no\r\nFrom: a@b\r\n\r\nhi").automatic


def test_a_long_text_is_cut_and_signs_that_turn_lines_are_left_out() -> None:
    assert len(read_mail(b"From: a@b\r\n\r\n" + b"x" * (LONGEST_TEXT + 5)).text) == LONGEST_TEXT
    turned = read_mail("From: a@b\r\nSubject: invoice\u202egpj.exe\r\n\r\nx".encode())
    assert turned.subject == "invoicegpj.exe"


def test_mails_under_one_message_id_that_say_other_things_are_not_the_same() -> None:
    first, again, other = (read_mail(f"From: a@b\r\nMessage-ID: <1@b>\r\nSubject: {what}\r\n{more}\r\nx".encode())
                           for what, more in (("A", ""), ("A", "Received: by another\r\n"), ("B", "")))
    assert first.key == again.key != other.key
