"""What people say of a record and put with it, for programs: its comments and its files."""

import io
from typing import Any

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from kernel.api.answers import BadRequest, answer, file_answer
from kernel.api.naming import address_of, entity_at
from kernel.api.requests import parameters, payload
from kernel.discussion import services
from kernel.discussion.reading import attachment_of, attachments_of, comments_of
from kernel.entities.base import Entity
from kernel.errors import Invalid, Problem
from kernel.files import files
from kernel.i18n import _

__all__ = ["attach", "comment", "detach", "download", "list_attachments", "list_comments"]


def _open(plugin: str, name: str, id_: int) -> tuple[type[Entity], Entity]:
    cls = entity_at(plugin, name)
    return cls, services.open_record(cls, id_)


def list_comments(plugin: str, name: str, id_: int) -> Response:
    """Answer a record's comments, newest first; of deleted ones only that there was one."""
    cls, _record = _open(plugin, name, id_)
    parameters(())
    return answer({"data": [_comment(row) for row in comments_of(cls, id_)]})


def _comment(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "user": {"id": row.user_id, "title": row.who} if row.user_id else None, "plugin": row.by_plugin,
        "at": row.at.isoformat(), "text": row.text, "mentioned": row.mentioned,
        "changed_at": row.changed_at.isoformat() if row.changed_at else None, "deleted": row.deleted_at is not None}


def comment(plugin: str, name: str, id_: int) -> Response:
    """Comment on a record: `{"text": "..."}`."""
    cls, record = _open(plugin, name, id_)
    parameters(())
    data = payload()
    if not isinstance(data, dict) or set(data) != {"text"} or not isinstance(data["text"], str):
        raise Invalid([Problem("text", _("The body must be a JSON object with a text"), "TEXT")])
    made = services.comment(record, data["text"])
    return answer(next(_comment(row) for row in comments_of(cls, id_) if row.id == made), 201)


def list_attachments(plugin: str, name: str, id_: int) -> Response:
    """Answer the files put with a record, newest first."""
    cls, _record = _open(plugin, name, id_)
    parameters(())
    return answer({"data": [_attachment(cls, row) for row in attachments_of(cls, id_)]})


def _attachment(cls: type[Entity], row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "size": row.size, "media_type": row.media_type, "sha256": row.sha256,
        "user": {"id": row.user_id, "title": row.who} if row.user_id else None, "at": row.at.isoformat(),
        "href": f"/api/v1{address_of(cls)}/{row.record_id}/attachments/{row.id}"}


def attach(plugin: str, name: str, id_: int) -> Response:
    """Put the body with a record as a file, under the name that the query gives."""
    cls, record = _open(plugin, name, id_)
    given = parameters(("name",))
    if not given.get("name"):
        raise BadRequest("NAME", _("Give the file's name: ?name=drawing.pdf"))
    if (request.content_length or 0) > files().most:
        raise RequestEntityTooLarge
    made = services.attach(record, given["name"], io.BytesIO(request.get_data()))
    return answer(next(_attachment(cls, row) for row in attachments_of(cls, id_) if row.id == made), 201)


def download(plugin: str, name: str, id_: int, attachment_id: int) -> Response:
    """Send a file, to be saved."""
    cls, _record = _open(plugin, name, id_)
    parameters(())
    found = attachment_of(cls, id_, attachment_id)
    made = file_answer(found, services.OTHER, as_attachment=True)
    made.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return made


def detach(plugin: str, name: str, id_: int, attachment_id: int) -> Response:
    """Take a file away from a record."""
    cls, _record = _open(plugin, name, id_)
    parameters(())
    attachment_of(cls, id_, attachment_id)
    services.detach(attachment_id)
    return Response(status=204)
