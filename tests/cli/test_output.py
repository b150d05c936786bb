"""The answer goes to stdout, all else to stderr; bars are for terminals."""

import io
import sys

import pytest

from models_ml.cli import output


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class BinaryTerminal(io.TextIOWrapper):
    """A terminal with a binary stream beneath, as the real one."""

    def isatty(self) -> bool:
        return True


def test_the_answer_and_the_rest_go_separate_ways(capsys: pytest.CaptureFixture[str]) -> None:
    output.answer("42")
    output.answer_json({"b": float("nan"), "a": [1]})
    output.say("thinking")
    assert capsys.readouterr() == ('42\n{"a": [1], "b": null}\n', "thinking\n")


def test_a_table_has_its_first_column_left_and_numbers_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.answer_table(["name", "value"], [["a", "1.0"], ["long one", "-12.5"]])
    out, err = capsys.readouterr()
    assert [line.rstrip() for line in out.splitlines()] == [
        "name      value",
        "a           1.0",
        "long one  -12.5",
    ]
    assert err == ""


def test_a_table_in_a_pipe_is_not_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    row = ["x" * 30, *(f"{number:.6f}" for number in range(10))]
    output.answer_table([f"column {i}" for i in range(11)], [row])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.split() == row


def test_text_in_brackets_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    output.answer_table(["ticker"], [["BRK[b]"], ["[/red]"], [":+1:"]])
    output.answer("[red]")
    assert capsys.readouterr().out.split() == ["ticker", "BRK[b]", "[/red]", ":+1:", "[red]"]


def test_progress_without_a_terminal_is_a_line_a_stage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with output.progress() as update:
        for stage in ("fold 0", "fold 1"):
            for done in range(1, 4):
                update(stage, done, 3)
    assert capsys.readouterr() == ("", "fold 0 …\nfold 1 …\n")


def test_progress_on_a_terminal_is_bars_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    with output.progress() as update:
        update("fold 0", 1, 2)
        update("fold 0", 2, 2)
    assert capsys.readouterr().out == ""
    assert "fold 0 ━" in terminal.getvalue()
    assert "\x1b[3" not in terminal.getvalue(), "a colour"


def test_words_come_above_the_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = BinaryTerminal(io.BytesIO(), encoding="utf-8")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    with output.progress() as report:
        report("trials", 1, 2)
        output.say("trial 0: done")
    terminal.seek(0)
    assert "\x1b[2Ktrial 0: done\n" in terminal.read()
