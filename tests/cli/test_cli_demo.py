"""The demo as its first user meets it: in a pipe, in a terminal, interrupted, without rich, without room."""

from __future__ import annotations

import io
import os
import re
import select
import signal
import subprocess
import sys
import time
from decimal import Decimal
from typing import Any

import pytest

from binance_async.cli import demo, main
from binance_async.cli.demo_lines import Lines, summary
from binance_async.cli.demo_scene import Scene, amount, milliseconds, percentile, sparkline
from binance_async.core.order_book import BookState

pty = pytest.importorskip("pty")
COMMAND = (sys.executable, "-W", "error", "-m", "binance_async", "demo", "--pace", "0.1")
WITHOUT_RICH = (
    "import sys; sys.modules['rich'] = None; from binance_async.cli import main; sys.exit(main(sys.argv[1:]))"
)


# As a process


def test_in_a_pipe_it_says_what_happens_and_what_held() -> None:
    done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    out = done.stdout
    assert "\x1b" not in out
    assert all(f"{number}/9" in out for number in range(1, 10))
    for said in (
        *("NOTIONAL:", "REST: buy", "WebSocket API: sell", "looked up by its id", "◄ from REST", "NotSynced"),
        *("gap      trades: Gap after trade", "gap      account: Gap, disconnected, state reconciled"),
        *("handed over before the shutdown without a gap", "each exactly once", "no trade came twice"),
    ):
        assert said in out
    assert "✗" not in out
    assert out.count("✓") == 7
    assert re.search(r"latency +a trade reaches the program after [\d.]+ ms", out)


class Terminal:
    """The demo in a terminal of this size."""

    def __init__(self, *command: str, columns: int = 120, rows: int = 40, **environment: str) -> None:
        import fcntl
        import struct
        import termios

        self.ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", **environment}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            env.pop(name, None)
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=env, start_new_session=True
        )
        os.close(theirs)
        self.shown = ""

    def read(self, until: str = "", seconds: float = 90.0) -> str:
        """What it showed until it ended, or until this was shown."""
        end = time.monotonic() + seconds
        while not until or until not in self.shown:
            ready, _, _ = select.select([self.ours], [], [], max(end - time.monotonic(), 0))
            assert ready, "nothing was shown in time"
            try:
                data = os.read(self.ours, 65_536)
            except OSError:  # it has ended
                break
            if not data:
                break
            self.shown += data.decode(errors="replace")
        return self.shown

    def end(self) -> tuple[int, str]:
        """Its exit code and its errors."""
        self.read()
        _, err = self.process.communicate(timeout=60)
        os.close(self.ours)
        return self.process.returncode, err.decode()


def test_in_a_terminal_it_is_a_live_view() -> None:
    pytest.importorskip("rich")
    terminal = Terminal(*COMMAND)
    assert terminal.end() == (0, "")
    live, _, after = terminal.shown.partition("\x1b[?1049l")
    assert "\x1b[?1049h" in live
    assert all(title in live for title in ("what happens", "book", "trades", "spread", "Ctrl-C ends it"))
    assert "each exactly once" in after
    assert "latency" in after


@pytest.mark.parametrize("room", [{"columns": 60}, {"rows": 20}, {"TERM": "dumb"}])
def test_a_terminal_without_room_gets_lines(room: Any) -> None:
    terminal = Terminal(*COMMAND, **room)
    shown = terminal.read(until="3/9")
    assert "\x1b" not in shown
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end()[0] == 130


def test_without_rich_a_terminal_gets_lines() -> None:
    terminal = Terminal(sys.executable, "-c", WITHOUT_RICH, "demo", "--pace", "0.1")
    assert "\x1b" not in terminal.read(until="3/9")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end()[0] == 130


@pytest.mark.parametrize("moment", ["it listens on", "Every connection is cut", "announces a restart"])
def test_an_interrupt_ends_it_cleanly(moment: str) -> None:
    pytest.importorskip("rich")
    terminal = Terminal(*COMMAND[:-1], "0.3")
    terminal.read(until=moment)
    terminal.process.send_signal(signal.SIGINT)
    code, err = terminal.end()
    assert (code, err) == (130, "interrupted; every connection is closed\n")
    assert terminal.shown.rstrip().count("\x1b[?1049l") == 1


# What it is made of


def test_what_did_not_hold_is_told_by_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def perform(scene: Scene, pace: float) -> bool:
        scene.check(False, "the moon is a cheese")
        return all(holds for holds, _ in scene.checks)

    monkeypatch.setattr("binance_async.cli.demo_story.perform", perform)
    assert main(["demo"]) == 1


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def perform(scene: Scene, pace: float) -> bool:
        await scene.clock.sleep(10)
        return True

    monkeypatch.setattr("binance_async.cli.demo_story.perform", perform)
    monkeypatch.setattr(demo, "LONGEST", 0.05)
    assert main(["demo"]) == 1
    assert "longer than 0.05 s" in capsys.readouterr().err


def a_scene() -> Scene:
    scene = Scene("BTCUSDT", 2)
    scene.step("First")
    scene.tell("say", "a word " * 40)
    scene.tell("account", "FILLED")
    scene.step("Second")
    scene.tell("gap", "Gap")
    return scene


def test_lines_read_well() -> None:
    out = io.StringIO()
    scene = Scene("BTCUSDT", 2)
    with Lines(scene, out) as lines:
        lines.refresh()
        scene.step("First")
        scene.tell("account", "FILLED")
    scene.tell("say", "not shown any more")
    scene.summary = [("orders", "1 placed")]
    summary(scene, out)
    said = out.getvalue()
    assert "1/2  First\n              account  FILLED\n" in said
    assert "not shown" not in said
    assert said.endswith("\n  orders    1 placed\n\n")


class Book:
    state = BookState.SYNCED
    is_synced = True

    def bids(self, number: int) -> list[tuple[Decimal, Decimal]]:
        return [(Decimal(100 - rank), Decimal(rank + 1)) for rank in range(number)]

    def asks(self, number: int) -> list[tuple[Decimal, Decimal]]:
        return [(Decimal(101 + rank), Decimal(rank + 1)) for rank in range(number)]


def test_the_screen_shows_the_end_of_a_long_story() -> None:
    rich = pytest.importorskip("rich.console")
    from binance_async.cli.demo_screen import Screen

    def drawn(what: Any) -> str:
        console = rich.Console(width=120, height=34, file=io.StringIO(), force_terminal=False)
        console.print(what(Screen(scene, console)))
        text: str = console.file.getvalue()
        return text

    scene = a_scene()
    assert "waiting for it" in drawn(Screen.layout)
    book: Any = Book()
    scene.book = book
    for number in range(50):
        scene.tell("say", f"line {number}.")
    shown = drawn(Screen.layout)
    assert "line 49." in shown
    assert "line 5." not in shown
    assert "spread 1.00" in shown
    assert all(len(row) <= 120 for row in shown.splitlines())
    assert "line 5." in drawn(Screen.record)
    book.is_synced, book.state = False, BookState.BUFFERING
    assert "buffering: not read until" in drawn(Screen.layout)


def test_numbers_for_people() -> None:
    assert amount(Decimal("100.00000000")) == "100"
    assert amount(Decimal("0.00100000")) == "0.001"
    assert [milliseconds(value) for value in (0.00042, 0.25, 1.25)] == ["0.4 ms", "250 ms", "1.2 s"]
    assert percentile([], 0.5) == 0.0
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert sparkline([1.0, 2.0, 3.0]) == "▁▅█"
    assert sparkline([5.0, 5.0]) == "▁▁"
