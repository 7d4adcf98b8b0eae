"""The table that a run prints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from .figures import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run of one scenario."""

    scenario: str
    group: str
    variant: str
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table: several runs become one cell."""

    title: str
    cell: Callable[[Sequence[Figures]], str]


COLUMNS = (
    Column(title="n", cell=lambda runs: str(len(runs))),
    Column(title="energy %", cell=lambda runs: f"{fmean(run.energy_pct for run in runs):.1f}"),
    Column(title="least %", cell=lambda runs: f"{min(run.energy_pct for run in runs):.1f}"),
    Column(title="over A·s", cell=lambda runs: f"{fmean(run.over_as for run in runs):.0f}"),
    Column(title="worst A", cell=lambda runs: f"{max(run.over_most_a for run in runs):.1f}"),
    Column(title="longest s", cell=lambda runs: str(max(run.over_longest_s for run in runs))),
    Column(title="thermal", cell=lambda runs: f"{max(run.thermal for run in runs):.3f}"),
    Column(title="set/h", cell=lambda runs: f"{per_hour(runs, 'sets'):.1f}"),
    Column(title="set/d", cell=lambda runs: f"{24 * per_hour(runs, 'sets'):.0f}"),
    Column(title="starts/d", cell=lambda runs: f"{24 * per_hour(runs, 'starts'):.1f}"),
    Column(title="unanswered", cell=lambda runs: str(sum(run.unanswered for run in runs))),
    Column(title="late s", cell=lambda runs: str(max(run.late_s for run in runs))),
    Column(
        title="late/promise",
        cell=lambda runs: f"{max(run.late_s / run.promised_s for run in runs):.1f}",
    ),
)


def per_hour(runs: Sequence[Figures], what: str) -> float:
    """Return how often something happened in an hour."""
    return sum(getattr(run, what) for run in runs) / sum(run.hours for run in runs)


def table(rows: Sequence[Row]) -> str:
    """Return a line per group and variant, and the total of each variant."""
    lines = [
        "| scenarios | variant | " + " | ".join(column.title for column in COLUMNS) + " |",
        "|---|---|" + "--:|" * len(COLUMNS),
    ]
    groups = list(dict.fromkeys(row.group for row in rows))
    variants = list(dict.fromkeys(row.variant for row in rows))
    for group in groups:
        for variant in variants:
            runs = [row.figures for row in rows if (row.group, row.variant) == (group, variant)]
            if runs:
                lines.append(line(group, variant, runs))
    for variant in variants:
        runs = [row.figures for row in rows if row.variant == variant]
        lines.append(line("**all**", variant, runs))
    return "\n".join(lines)


def line(name: str, variant: str, runs: Sequence[Figures]) -> str:
    """Return one line of the table."""
    return f"| {name} | {variant} | " + " | ".join(column.cell(runs) for column in COLUMNS) + " |"
