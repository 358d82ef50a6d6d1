"""Every figure's declaration: unique names, targets, and the command line that chooses among them."""

from collections.abc import Iterator
from contextlib import contextmanager

from click.testing import CliRunner

from benchmarks.__main__ import main
from benchmarks.figure import Contest, Figure, Ground, Part
from benchmarks.running import chosen, figures, measure


def test_parts_carry_their_figures_code_and_are_unique() -> None:
    codes = [part.code for figure in figures().values() for part in figure.parts]
    assert len(codes) == len(set(codes))
    for figure in figures().values():
        assert all(part.code.split(".")[0] == figure.code for part in figure.parts)


def test_every_part_has_a_target() -> None:
    for figure in figures().values():
        for part in figure.parts:
            assert part.peer_at_least or part.limit_at_most, part.code


def test_an_unknown_figure_is_refused_with_the_ones_there_are() -> None:
    result = CliRunner().invoke(main, ["P99"])
    assert result.exit_code == 2
    assert "There is no figure P99" in result.output
    assert "P12" in result.output


def test_a_part_can_be_chosen_alone_and_twice_is_once() -> None:
    found = chosen(["p3.list", "P3.list", "P12"], figures())
    assert [[part.code for part in figure.parts] for figure in found] == [
        ["P3.list"], ["P12.help", "P12.app", "P12.memory"]]


def test_an_unknown_part_is_refused_with_the_ones_there_are() -> None:
    result = CliRunner().invoke(main, ["P3.nothing"])
    assert result.exit_code == 2
    assert "There is no figure P3.nothing" in result.output
    assert "P3.create_many" in result.output


def test_a_peer_that_cannot_be_installed_is_told_with_the_figure() -> None:
    @contextmanager
    def alone(ground: Ground) -> Iterator[Contest]:
        yield Contest(
            trellis={"P0": lambda: 1.0}, limit={"P0": lambda: 1.0}, notes=["without the peer: no network"])

    figure = Figure("P0", "nothing", (Part("P0", "nothing", "ms", peer_at_least=2, limit_at_most=2),), alone)
    (result,) = measure(figure, "sqlite", 1, with_peer=True)
    assert (result.note, result.peer, result.holds) == ("without the peer: no network", None, True)
