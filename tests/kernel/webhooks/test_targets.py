"""A webhook reaches no machine inside the house unless whoever runs the server names its network."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from kernel.errors import Refusal, UsageError
from kernel.webhooks import targets
from kernel.webhooks.calling import call
from kernel.webhooks.targets import Unresolved, allow_networks, target_of
from tests.kernel.webhooks.receiver import Receiver


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """Have the name server answer so, one answer after the other, the last for good."""
    left = list(answers)

    def answer(host: str, port: int, *_rest: Any, **_more: Any) -> list[Any]:
        if host.replace(".", "").isdecimal():  # an address is asked about when it is connected to
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        now = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
                for each in now]

    monkeypatch.setattr(targets.socket, "getaddrinfo", answer)


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.9", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::1",
    "64:ff9b::a9fe:a9fe", "ff02::1"])
def test_no_address_inside_the_house_is_called_under_any_name(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    allow_networks("")
    names(monkeypatch, [address])
    with pytest.raises(Refusal, match="inside the house"):
        target_of("https://innocent.example/hook")


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(Refusal, match="inside the house"):
        target_of("https://innocent.example/hook")


def test_a_public_address_is_taken_with_what_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
    found = target_of("https://example.com:8443/a/b?c=d")
    assert (found.secure, found.host, found.port, found.path) == (True, "example.com", 8443, "/a/b?c=d")
    assert [str(each) for each in found.addresses] == ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]


@pytest.mark.parametrize("url", ["ftp://example.com/", "file:/etc/passwd", "https://", "example.com/hook", "",
                                 "https://user:secret@example.com/", "https://example.com/#x", "https://a b/",
                                 "https://example.com:99999/", "https://[::1/"])
def test_what_is_no_address_of_a_web_server_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    names(monkeypatch, ["93.184.215.14"])
    with pytest.raises(Refusal):
        target_of(url)


def test_plain_http_goes_to_named_networks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["93.184.215.14"])
    with pytest.raises(Refusal, match="begins with https://"):
        target_of("http://example.com/hook")
    names(monkeypatch, ["10.1.2.3"])
    allow_networks("10.1.0.0/16, fd00::/8")
    assert target_of("http://erp.internal/hook").port == 80
    names(monkeypatch, ["10.2.0.1"])
    with pytest.raises(Refusal, match="inside the house"):
        target_of("http://erp.internal/hook")


def test_a_name_that_leads_elsewhere_the_second_time_is_called_where_it_was_checked(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    port = receiver.url.split(":")[2].split("/")[0]
    names(monkeypatch, ["127.0.0.1"], ["10.255.255.1"])
    answer = call(f"http://rebinding.example:{port}/hook", b"{}", {"webhook-id": "evt_1"})
    assert (answer.code, answer.error) == (200, "")
    assert receiver.got[0].headers["host"] == f"rebinding.example:{port}"
    refused = call(f"http://rebinding.example:{port}/hook", b"{}", {"webhook-id": "evt_1"})
    assert "inside the house" in refused.error
    assert len(receiver.got) == 1


def test_an_unknown_name_and_a_wrong_network_are_said() -> None:
    with pytest.raises(Unresolved):
        target_of("https://no-such-host.invalid/")
    with pytest.raises(UsageError, match="TRELLIS_WEBHOOK_NETWORKS"):
        allow_networks("10.0.0.1/8/9")
