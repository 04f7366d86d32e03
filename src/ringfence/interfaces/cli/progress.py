"""A bar for each step of what takes time, drawn over and over on a terminal."""

from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text


class Count(ProgressColumn):
    """How many are done, of how many where that is known, written as everywhere else: `15,000 of 60,000`."""

    def render(self, task: Task) -> Text:
        """The count of one step."""
        return Text(f"{task.completed:,.0f}{'' if task.total is None else f' of {task.total:,.0f}'}")


class Bar:
    """Bars that have a name and, where known, an end. Use as a context manager; they are gone at its end."""

    def __init__(self, console: Console) -> None:
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            Count(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, step: str, done: int, total: int | None) -> None:
        """Draw how far a step is."""
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=total)
        self._progress.update(self._tasks[step], completed=done, total=total)
