"""Where webhooks may go: public addresses, and networks inside the house only where the operator names them.

Whoever may set a webhook up must not reach by it what only this machine can reach: its own services, the database's
network, a cloud's metadata address. So a name is resolved first, and the connection goes to an address that was
checked, never to the name: a name server that answers differently the second time changes nothing.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from kernel.errors import Refusal, UsageError
from kernel.i18n import _

__all__ = ["Target", "Unresolved", "allow_networks", "target_of"]

Address = IPv4Address | IPv6Address
_NAT64 = ip_network("64:ff9b::/96")
"""IPv6 addresses that a translator turns into IPv4 ones (RFC 6052)."""

_allowed: tuple[IPv4Network | IPv6Network, ...] = ()


class Unresolved(OSError):
    """The name server does not know a host, or did not answer."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart and resolved: `addresses` are all that may be connected to."""

    secure: bool
    host: str
    port: int
    path: str
    addresses: tuple[Address, ...]


def allow_networks(text: str) -> None:
    """Let webhooks go to networks inside the house: `10.1.0.0/16,127.0.0.1/32`. Raises UsageError for what is none."""
    global _allowed
    try:
        _allowed = tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError as error:
        raise UsageError("CONFIG", _("TRELLIS_WEBHOOK_NETWORKS names networks, such as 10.1.0.0/16: {error}",
                                     error=error)) from error


def target_of(url: str) -> Target:
    """Resolve where a webhook goes. Raises Refusal TARGET for where none may go, Unresolved for an unknown host."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise _refusal(_("This is no address of a web server")) from None
    if parts.scheme not in ("https", "http") or not parts.hostname or any(char.isspace() for char in url):
        raise _refusal(_("The address begins with https://"))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refusal(_("The address holds no user, password or #"))
    addresses = _resolve(parts.hostname, port)
    if not addresses or not all(_is_allowed(each) for each in addresses):
        raise _refusal(
            _("{host} is inside the house, where webhooks don't go", host=parts.hostname),
            _("Whoever runs this server can allow a network by TRELLIS_WEBHOOK_NETWORKS"))
    if parts.scheme == "http" and not all(_is_named(each) for each in addresses):
        raise _refusal(_("The address begins with https://"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", parts.hostname, port, path, addresses)


def _refusal(message: object, fix: object = None) -> Refusal:
    return Refusal("TARGET", message, field="url", fix=fix)  # type: ignore[arg-type]  # texts, by the callers


def _resolve(host: str, port: int) -> tuple[Address, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"{host} is not known: {error}") from error
    return tuple(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))


def _is_allowed(address: Address) -> bool:
    return _is_named(address) or all(each.is_global and not each.is_multicast for each in _meanings(address))


def _is_named(address: Address) -> bool:
    return any(address in network for network in _allowed)


def _meanings(address: Address) -> Sequence[Address]:
    """Give an address and the IPv4 one that it may stand for."""
    if isinstance(address, IPv4Address):
        return (address,)
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if address in _NAT64:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    return (address, inner) if inner is not None else (address,)
