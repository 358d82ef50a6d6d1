"""Serving for P6 and P8: processes with ports of their own, clients that count what they are given."""

import textwrap
from collections.abc import Sequence

import pytest

from benchmarks.figure import CannotRun
from benchmarks.serving import PORT, Question, asked_by, python, quantile, served

SERVER = textwrap.dedent("""
    import http.server, sys

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/rows" else 500)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"abc")

        def log_message(self, *given):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
""")


@pytest.mark.parametrize(("percent", "value"), [(50, 51.0), (95, 96.0), (1, 2.0)])
def test_a_quantile_is_the_value_below_which_so_many_lie(percent: int, value: float) -> None:
    assert quantile([float(number) for number in range(1, 102)], percent) == value


def test_every_client_asks_as_often_as_told_and_each_process_has_its_port() -> None:
    with served(python("-c", SERVER, PORT), 2) as ports:
        assert len(set(ports)) == 2
        taken = asked_by(3, 4, ports, Question("/rows", len, 3))
    assert len(taken) == 12
    assert min(taken) > 0


def test_an_answer_that_is_no_success_or_has_other_rows_is_not_measured() -> None:
    with served(python("-c", SERVER, PORT), 1) as ports:
        with pytest.raises(CannotRun, match="/broken answers 500: abc"):
            asked_by(1, 1, ports, Question("/broken", len, 3))
        with pytest.raises(AssertionError):
            asked_by(1, 1, ports, Question("/rows", len, 50))


@pytest.mark.parametrize(("words", "said"), [("raise SystemExit('no such thing')", "no such thing"), ("", "nothing")])
def test_a_process_that_ends_instead_of_serving_says_why(words: str, said: str) -> None:
    with pytest.raises(CannotRun, match=said):
        _start(python("-c", words))


def _start(command: Sequence[str]) -> None:
    with served(command, 1):
        pass
