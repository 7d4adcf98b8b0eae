"""The tables that a run prints."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

from .figures import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run of one scenario: its name is `family-kind/house`."""

    scenario: str
    variant: str
    figures: Figures

    @property
    def kind(self) -> str:
        """What is tried."""
        return self.scenario.partition("/")[0]

    @property
    def family(self) -> str:
        """What sort of thing is tried."""
        return self.scenario.partition("-")[0]

    def as_json(self) -> dict[str, object]:
        """Return the row for a file."""
        return {
            "scenario": self.scenario,
            "variant": self.variant,
            "energy_pct": self.figures.energy_pct,
            **asdict(self.figures),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: several runs become one cell."""

    title: str
    cell: Callable[[Sequence[Figures]], str]


def mean(value: Callable[[Figures], float], digits: int = 1) -> Callable[[Sequence[Figures]], str]:
    """Return a cell with the mean of the runs."""
    return lambda runs: f"{fmean(value(run) for run in runs):.{digits}f}"


def most(value: Callable[[Figures], float], digits: int = 0) -> Callable[[Sequence[Figures]], str]:
    """Return a cell with the highest of the runs."""
    return lambda runs: f"{max(value(run) for run in runs):.{digits}f}"


def lost(what: str) -> Callable[[Figures], float]:
    """Return how to read what was lost for a reason, in % of the oracle's energy."""
    return lambda run: run.of_oracle_pct(run.lost_kwh[what]) if run.oracle_kwh else 0.0


COLUMNS = (
    Column(title="n", cell=lambda runs: str(len(runs))),
    Column(title="energy %", cell=mean(lambda run: run.energy_pct)),
    Column(title="fair %", cell=mean(lambda run: run.fair_pct)),
    Column(title="least %", cell=lambda runs: f"{min(run.energy_pct for run in runs):.1f}"),
    Column(title="lost off", cell=mean(lost("off"))),
    Column(title="lost low", cell=mean(lost("low"))),
    Column(title="over A·s", cell=mean(lambda run: run.over_as, 0)),
    Column(title="worst A", cell=most(lambda run: run.over_most_a, 1)),
    Column(title="longest s", cell=most(lambda run: run.over_longest_s)),
    Column(title="thermal", cell=most(lambda run: run.thermal, 3)),
    Column(title="set/h", cell=mean(lambda run: run.sets / run.hours)),
    Column(title="most set/d", cell=most(lambda run: run.per_day(run.sets))),
    Column(title="starts/h", cell=mean(lambda run: run.starts / run.hours)),
    Column(title="most starts in 1 h", cell=most(lambda run: run.starts_in_an_hour)),
    Column(title="unanswered", cell=lambda runs: str(sum(run.unanswered for run in runs))),
    Column(title="late s", cell=most(lambda run: run.late_s)),
    Column(title="late/promise", cell=most(lambda run: run.late_s / run.promised_s, 1)),
)


def report(rows: Sequence[Row], *, is_brief: bool, is_each: bool) -> str:
    """Return a table for each family, and one of all of them."""
    parts = list[str]()
    if not is_brief:
        for family in in_order(row.family for row in rows):
            own = [row for row in rows if row.family == family]
            names = in_order(row.scenario if is_each else row.kind for row in own)
            parts.append(table(family, {name: of(own, name) for name in names}))
    families = in_order(row.family for row in rows)
    total = {family: [row for row in rows if row.family == family] for family in families}
    parts.append(table("all", total | {"**all**": list(rows)}))
    return "\n\n".join(parts)


def in_order(names: Iterable[str]) -> list[str]:
    """Return each name once."""
    return list(dict.fromkeys(names))


def of(rows: Sequence[Row], name: str) -> list[Row]:
    """Return the rows of a scenario or a kind."""
    return [row for row in rows if name in (row.scenario, row.kind)]


def table(title: str, groups: dict[str, list[Row]]) -> str:
    """Return a line for each group and variant."""
    lines = [
        f"| {title} | variant | " + " | ".join(column.title for column in COLUMNS) + " |",
        "|---|---|" + "--:|" * len(COLUMNS),
    ]
    for name, rows in groups.items():
        for variant in in_order(row.variant for row in rows):
            runs = [row.figures for row in rows if row.variant == variant]
            cells = " | ".join(column.cell(runs) for column in COLUMNS)
            lines.append(f"| {name} | {variant} | {cells} |")
    return "\n".join(lines)
