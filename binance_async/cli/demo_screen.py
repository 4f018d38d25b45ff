"""The demo in a terminal: the story on the left; the book, the tape and the account on the right. Needs rich."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from binance_async.cli.demo_scene import amount, milliseconds, money, percentile

if TYPE_CHECKING:
    from binance_async.cli.demo_scene import Scene

__all__ = ["Screen"]

FRAME = "grey39"
STYLES = {"say": "", "good": "green", "bad": "yellow", "account": "cyan", "gap": "magenta", "tape": ""}
LABELS = {"account": "account  ", "gap": "gap      "}
LEVELS = 7
BAR = 12
INDENT = 9


class Screen:
    """A view that is drawn some times a second; `refresh` draws it."""

    def __init__(self, scene: Scene, console: Console | None = None) -> None:
        self._scene = scene
        self._console = console or Console(highlight=False)
        self._live = Live(console=self._console, screen=True, auto_refresh=False, transient=True)

    def __enter__(self) -> Screen:
        self._live.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.__exit__(None, None, None)
        self._console.print(self.record())

    def refresh(self) -> None:
        """Draw what is to be seen now."""
        self._live.update(self.layout(), refresh=True)

    # The whole

    def layout(self) -> Layout:
        """One frame."""
        market = Layout(name="market")
        market.split_column(
            Layout(_panel(self._book(), "book"), size=2 * LEVELS + 3),
            Layout(_panel(self._tape(), "trades")),
        )
        body = Layout()
        body.split_row(
            Layout(_panel(_Story(self._scene, live=True), "what happens"), ratio=5),
            Layout(market, ratio=2, minimum_size=40),
        )
        whole = Layout()
        whole.split_column(Layout(self._head(), size=1), body, Layout(self._foot(), size=1))
        return whole

    def record(self) -> RenderableType:
        """The story as it is left in the terminal when the view is gone."""
        return _Story(self._scene, live=False)

    def _head(self) -> RenderableType:
        scene = self._scene
        text = Text(" binance_async", style="bold")
        text.append("  fifteen seconds on the embedded exchange", style="dim")
        if scene.tape:
            text.append(f"   {scene.symbol} ", style="dim")
            text.append(money(scene.tape[-1].price), style="bold")
        return _ends(text, Text(f"{scene.elapsed:4.1f} s ", style="dim"))

    def _foot(self) -> RenderableType:
        counts, waits = self._scene.counts, self._scene.waits[-200:]
        parts = [
            f"{counts['trades']} trades",
            f"{counts['reports']} order reports",
            f"{sum(line.kind == 'gap' for line in self._scene.lines)} gaps announced",
            f"event to program {milliseconds(percentile(waits, 0.5))}",
        ]
        return _ends(Text(" " + "   ".join(parts), style="dim"), Text("Ctrl-C ends it ", style="dim"))

    # Its parts

    def _book(self) -> RenderableType:
        book = self._scene.book
        if book is None or not book.is_synced:
            state = "waiting for it" if book is None else f"{book.state.value}: not read until it is in step again"
            return Text(f"\n  {state}", style="yellow")
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right")
        table.add_column(justify="right")
        table.add_column()
        asks, bids = book.asks(LEVELS), book.bids(LEVELS)
        most = max((quantity for _, quantity in asks + bids), default=Decimal(1))
        for levels, style in ((asks[::-1], "red"), (bids, "green")):
            for price, quantity in levels:
                bar = "▪" * max(int(BAR * quantity / most), 1)
                table.add_row(Text(money(price), style=style), amount(quantity), Text(bar, style=f"dim {style}"))
            if style == "red":
                spread = money(asks[0][0] - bids[0][0]) if asks and bids else "-"
                table.add_row("", Text(f"spread {spread}", style="dim"), "")
        return table

    def _tape(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        table.add_column(justify="right")
        table.add_column(justify="right")
        for each in list(self._scene.tape)[: -self._console.height : -1]:
            table.add_row(Text(money(each.price), style="red" if each.sold else "green"), amount(each.quantity))
        return table


def _panel(content: RenderableType, title: str) -> Panel:
    return Panel(content, title=f"[dim]{title}[/dim]", title_align="left", border_style=FRAME, box=box.ROUNDED)


def _ends(left: Text, right: Text) -> Table:
    table = Table.grid(expand=True)
    table.add_column()
    table.add_column(justify="right")
    table.add_row(left, right)
    return table


class _Story:
    """What was told; in the live view the end of it that fits, what is over dimmed."""

    def __init__(self, scene: Scene, *, live: bool) -> None:
        self._lines = list(scene.lines)
        self._live = live

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        last = max((index for index, line in enumerate(self._lines) if line.kind == "step"), default=0)
        rows: list[Text] = []
        for index, line in enumerate(self._lines):
            step = line.kind == "step"
            if step:
                rows.append(Text())
            text = Text.assemble((LABELS.get(line.kind, ""), "dim"), line.text, style="bold" if step else "")
            text.stylize(STYLES.get(line.kind, ""))
            begin = f"{line.at:5.1f} s  " if step else " " * INDENT
            for part in text.wrap(console, options.max_width - INDENT):
                row = Text.assemble((begin, "dim"), part)
                if self._live and index < last:
                    row.stylize("dim")
                rows.append(row)
                begin = " " * INDENT
        yield from rows[-(options.height or console.height) :] if self._live else rows
