"""Forms that are sent twice are saved once, and the page that kept what was typed learns that it was saved.

Each form carries a key of its own. A connection that drops may lose the answer and not the work: the browser then
sends the same form again, and is led to where the first one led.
"""

import re
import secrets
from collections.abc import Callable

from flask import Response, flash, make_response, redirect, request
from markupsafe import Markup

from kernel.api.repeats import Overtaken, answer_and_keep, fingerprint_of, kept_answer
from kernel.errors import Refusal
from kernel.i18n import _

__all__ = ["SAVED", "once", "once_field"]

SAVED = "once"
"""The category of flashed messages that are no words but the key of a form that was saved."""
_KEY = re.compile(r"[\w-]{8,40}")


def once_field() -> Markup:
    """Give a form the key by which it is saved only once."""
    return Markup('<input type="hidden" name="once" value="{}">').format(secrets.token_urlsafe(12))


def once(do: Callable[[], Response], *, creates: bool = False) -> Response:
    """Save a form, or lead to where it led when it was sent before.

    Raises Refusal SAVED_ALREADY where the same form comes again with more typed into it and would make a second
    record (`creates`); a changed record's own version tells that apart. Raises Refusal REPEATED while the first one
    is still being saved.
    """
    key = request.form.get("once", "")
    if not _KEY.fullmatch(key):
        return do()
    fields = [f"{name}={value}" for name, value in request.form.items(multi=True) if name != "csrf_token"]
    fingerprint = fingerprint_of(request.path.encode(), *(field.encode() for field in fields))
    kept = kept_answer(f"form:{key}")
    if kept is None:
        try:
            answer = answer_and_keep(f"form:{key}", fingerprint, do)
        except Overtaken as error:
            raise Refusal("REPEATED", _("This form is being saved already"), fix=_("Load the page again")) from error
    elif kept.request == fingerprint:
        flash(str(_("This was saved already; nothing was done twice.")), "green")
        answer = make_response(redirect(kept.headers["Location"]))
    elif creates:
        raise Refusal("SAVED_ALREADY", _("This form was saved already, before more was typed into it"),
                      fix=_("Look in the list for what it became; saving once more makes a second one"))
    else:
        answer = do()
    flash(key, SAVED)
    return answer
