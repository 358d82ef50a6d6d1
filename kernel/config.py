"""The settings of an installation's process: from the environment, else `trellis.toml`, else safe defaults."""

import os
import secrets
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path

from kernel.errors import UsageError
from kernel.i18n import _

__all__ = ["Config", "load_config", "secret_key"]


@dataclass(frozen=True, slots=True)
class Config:
    """Say where a process finds its database and data and how it serves. Each name is `TRELLIS_<NAME>` outside."""

    database_url: str = "sqlite:///trellis.db"
    data_dir: str = "trellis-data"
    """Folder of archives, attachments and the generated secret key."""
    secret_key: str = ""
    redis_url: str = ""
    log_format: str = "console"
    """`console` for people, `json` for collectors."""
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 8
    streams: int = 64
    """Open pages that are told at once what is new, each by a thread of `trellis run`; others ask now and then."""
    trusted_proxies: int = 0
    """How many proxies in front may be believed about the client's address."""
    trace_hooks: int = 0
    """1 logs every question by a hook with what each plugin answered and how long it took."""
    otel: int = 0
    """1 sends traces by OpenTelemetry, as the standard OTEL_* variables say."""
    metrics_token: str = ""
    """Whoever sends it as a bearer token may read /metrics; without one only this machine may."""
    attachment_mb: int = 25
    """The largest file that may be attached to a record, in megabytes."""

    files_url: str = ""
    """The bucket that attached files lie in, `s3://bucket/folder?endpoint=https://…`; else the folder of data."""

    smtp_url: str = ""
    """The server that mails go through, `smtp://user:password@host:587?from=address`; else the one set up on a page."""
    public_url: str = ""
    """Where people open this installation, as links in mails say it; else what the mail page says."""
    webhook_networks: str = ""
    """Networks inside the house that webhooks may go to, such as `10.1.0.0/16,127.0.0.1/32`; else public ones only."""

    @property
    def archives(self) -> Path:
        """Where uninstalled plugins leave their data."""
        return Path(self.data_dir) / "archives"

    @property
    def files(self) -> Path:
        """Where attached files lie, by their content. Processes on several machines share this folder."""
        return Path(self.data_dir) / "files"

    @property
    def demo_sign_ins(self) -> Path:
        """Where a demo installation keeps who may try it, for its sign-in page: (name, password, what they do)."""
        return Path(self.data_dir) / "demo-sign-ins.json"


def load_config(path: Path | None = None, **overrides: object) -> Config:
    """Read `trellis.toml` (or `path`), then the environment, then `overrides`; the later wins.

    Raises UsageError naming the setting where a name is unknown or a value has the wrong type.
    """
    known = {field.name: field.type for field in fields(Config)}
    values: dict[str, object] = {}
    source = path or Path(os.environ.get("TRELLIS_CONFIG", "trellis.toml"))
    if source.exists():
        try:
            values.update(tomllib.loads(source.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError("CONFIG", _("{file} is not valid TOML: {error}", file=source, error=error)) from error
        if unknown := sorted(set(values) - set(known)):
            raise UsageError(
                "CONFIG",
                _("{file} has unknown settings: {names}", file=source, names=", ".join(unknown)),
                allowed=", ".join(known),
            )
    for name in known:
        if (text := os.environ.get(f"TRELLIS_{name.upper()}")) is not None:
            values[name] = text
    values.update({name: value for name, value in overrides.items() if value is not None})
    for name, value in values.items():
        if known[name] in (int, "int"):
            try:
                values[name] = int(str(value))
            except ValueError as error:
                raise UsageError(
                    "CONFIG", _("Setting {name} must be a whole number, not {value}", name=name, value=value)
                ) from error
    return replace(Config(), **values)  # type: ignore[arg-type]  # names and types were checked above


def secret_key(config: Config) -> str:
    """Give the key that signs cookies and seals secrets: the setting, else one made once in the data folder.

    Only the owner of the process may read that file.
    """
    if config.secret_key:
        return config.secret_key
    path = Path(config.data_dir) / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()
