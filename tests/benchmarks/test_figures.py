"""Every figure's declaration: unique names, targets, and the command line that chooses among them."""

from click.testing import CliRunner

from benchmarks.__main__ import chosen, figures, main


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
