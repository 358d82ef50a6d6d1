"""The logo of a company: known by its content, small, harmless, changed by whoever may change the company."""

from __future__ import annotations

import base64

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Invalid
from kernel.identity.models import Company
from kernel.permissions.declare import grant
from kernel.printing.logos import LARGEST_LOGO, logo_of, put_logo, remove_logo, with_logo
from tests.conftest import MakeUser

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'
NAMESPACES = b'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def put(system: Actor, content: bytes) -> None:
    with unit_of_work(system) as opened:
        put_logo(opened.get_one(Company, system.company_id), content)


def test_a_logo_replaces_the_one_before_and_can_be_removed(system: Actor) -> None:
    assert system.company_id
    put(system, PNG)
    put(system, SVG)
    with unit_of_work(system) as opened:
        assert logo_of(system.company_id) == ("svg", SVG)
        assert with_logo([system.company_id, 7]) == {system.company_id}
        remove_logo(opened.get_one(Company, system.company_id))
    with unit_of_work(system):
        assert logo_of(system.company_id) is None


@pytest.mark.parametrize(("content", "code"), [
    (b"", "EMPTY"),
    (b"<html></html>", "NO_PICTURE"),
    (b"GIF89a", "NO_PICTURE"),
    (PNG[:40], "NO_PICTURE"),
    (PNG[:16] + b"\x00\x01\x00\x00\x00\x01\x00\x00" + PNG[24:], "NO_PICTURE"),
    (b"\xff\xd8\xff nothing more", "NO_PICTURE"),
    (b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG, "NO_PICTURE"),
    (SVG.replace(b"<circle", b"<script>alert(1)</script><circle"), "NO_PICTURE"),
    (SVG.replace(b"<circle", b'<circle onload="alert(1)"'), "NO_PICTURE"),
    (b"<svg " + NAMESPACES + b' viewBox="0 0 9 9"><image xlink:href="/etc/logo.png"/></svg>', "NO_PICTURE"),
    (SVG.decode().encode("utf-16"), "NO_PICTURE"),
    (SVG + b" " * LARGEST_LOGO, "TOO_LARGE"),
])
def test_what_is_no_harmless_picture_is_refused(system: Actor, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        put(system, content)
    assert [(each.field, each.code) for each in refused.value.problems] == [("logo", code)]


def test_only_who_may_change_the_company_changes_its_logo(make_user: MakeUser, system: Actor) -> None:
    reader = make_user("reader", grant("kernel.company", "read"))
    with pytest.raises(Forbidden), unit_of_work(reader) as opened:
        put_logo(opened.get_one(Company, system.company_id), PNG)
