"""Progress: a bar with the time left on a terminal; a line at the end of a stage elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from foretell.bench.log import Event
from foretell.cli.stopping import check

__all__ = ["Progress"]


class Progress:
    """Listen to the events of a run and show them."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._is_terminal = console.is_terminal
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: Any = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show one event, unless we were asked to stop."""
        check()
        fields = event.fields
        if event.kind == "start" and self._is_terminal:
            self._task = self._bar.add_task(fields["stage"], total=fields["missing"])
        elif event.kind == "start":
            done = fields["total"] - fields["missing"]
            self._say(f"{fields['stage']}: {done} of {fields['total']} were there already")
        elif event.kind == "damaged":
            self._say(
                f"damaged: {fields['path']} was moved to {fields['moved_to']}; making it anew"
            )
        elif event.kind in ("run", "found", "scores"):
            if self._task is not None:
                self._bar.advance(self._task)
            if fields.get("status") in ("failed", "died"):
                who = fields.get("model", "scores")
                self._say(f"failed: {who} on {fields['dataset']}: {fields['reason']}")

    def _say(self, text: str) -> None:
        if self._is_terminal:
            self._bar.console.print(text, markup=False, highlight=False)
        else:
            typer.echo(text, err=True)
