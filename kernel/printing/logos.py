"""Keep the logo at the head of a company's documents: a small picture, known by its content, not by its name."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from sqlalchemy import delete, select

from kernel.entities.work import session
from kernel.errors import Invalid, Problem
from kernel.i18n import _
from kernel.identity.models import Company
from kernel.permissions.rights import rights
from kernel.printing.models import CompanyLogo
from kernel.printing.typesetting import is_picture

__all__ = ["LARGEST_LOGO", "MEDIA", "logo_of", "put_logo", "remove_logo", "with_logo"]

LARGEST_LOGO = 512 * 1024
MOST_PIXELS = 16_000_000
MEDIA = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}


def with_logo(companies: Iterable[int]) -> set[int]:
    """Tell which companies have a logo."""
    table = CompanyLogo.__table__.c
    return set(session().work.connection.scalars(
        select(table.company_id).where(table.company_id.in_(set(companies)))))


def logo_of(company: int) -> tuple[str, bytes] | None:
    """Give what kind of picture a company's logo is, and the picture."""
    table = CompanyLogo.__table__.c
    row = session().work.connection.execute(
        select(table.kind, table.content).where(table.company_id == company)).first()
    return (row.kind, row.content) if row else None


def put_logo(company: Company, content: bytes) -> None:
    """Put a logo in place of the one there was; raises Invalid naming what is wrong with the picture."""
    rights().demand("change", Company.__entity__)
    kind = _kind(content)
    remove_logo(company)
    session().add(CompanyLogo(company_id=company.id, kind=kind, content=content))
    session().flush()


def remove_logo(company: Company) -> None:
    """Take a company's logo away."""
    rights().demand("change", Company.__entity__)
    session().work.connection.execute(
        delete(CompanyLogo).where(CompanyLogo.company_id == company.id))


def _kind(content: bytes) -> str:
    if not content:
        raise _wrong(_("Choose a picture"), "EMPTY")
    if len(content) > LARGEST_LOGO:
        raise _wrong(_("The picture is larger than {most} kB", most=LARGEST_LOGO // 1024), "TOO_LARGE")
    kind = next((name for name, fits in (("png", _is_png), ("jpg", _is_jpeg), ("svg", _is_svg)) if fits(content)), "")
    if not kind or not is_picture(f"logo.{kind}", content):
        raise _wrong(_("This is no PNG, JPEG or SVG picture"), "NO_PICTURE")
    return kind


def _wrong(message: object, code: str) -> Invalid:
    return Invalid([Problem("logo", str(message), code)])


def _is_png(content: bytes) -> bool:
    """Tell by its signature; a picture that unpacks into very many pixels is none of ours."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR":
        return False
    width, height = (int.from_bytes(content[at:at + 4]) for at in (16, 20))
    return 0 < width * height <= MOST_PIXELS


def _is_jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff")


def _is_svg(content: bytes) -> bool:
    """Tell by its root; what could run, or load something from elsewhere, is refused."""
    try:
        text = content.decode()
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            return False
        root = ET.fromstring(text)  # noqa: S314  # without a document type there are no entities to expand
    except (ET.ParseError, ValueError):
        return False
    return _plain(root.tag) == "svg" and all(_harmless(each) for each in root.iter())


def _harmless(element: ET.Element) -> bool:
    if _plain(element.tag) in ("script", "foreignObject", "iframe"):
        return False
    return all(
        not _plain(name).lower().startswith("on")
        and not (_plain(name) == "href" and not value.startswith(("#", "data:image/")))
        for name, value in element.attrib.items())


def _plain(name: object) -> str:
    """Give a tag's or attribute's name without its namespace."""
    return str(name).rpartition("}")[2]
