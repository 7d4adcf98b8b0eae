"""The core keeps its own order: one record, one owner, and a table of events that says what is so.

Both are read from the code. Local names for a record's list are not followed, calls through them
are not seen either: the tests catch what slips in, not what hides.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

from custom_components.ev_lb import balancing
from custom_components.ev_lb.balancing import state as composed
from custom_components.ev_lb.balancing.settings import ChargerSettings, Settings

CORE = Path(__file__).parents[2] / "custom_components" / "ev_lb" / "balancing"
TREES = {
    path.relative_to(CORE).with_suffix("").as_posix(): ast.parse(path.read_text())
    for path in sorted(CORE.rglob("*.py"))
    if path.stem != "__init__"
}
CHANGING = frozenset(
    {
        *("append", "extend", "insert", "remove", "pop", "popitem", "clear", "sort", "reverse"),
        *("add", "discard", "update", "setdefault", "difference_update", "intersection_update"),
    }
)
"""Methods by which a list, a set or a dict is changed."""

ANEW = "memory"
"""The file that makes records for a new run, and so may fill them in."""


def file_of(kind: type) -> str:
    """Return the file in which a class of the core is defined."""
    return kind.__module__.split(".balancing.")[1].replace(".", "/")


def records_of(kind: type) -> dict[str, type]:
    """Return the records that a state is composed of, by the names of its fields."""
    return {
        name: hint
        for name, hint in get_type_hints(kind).items()
        if isinstance(hint, type) and is_dataclass(hint) and hint not in (Settings, ChargerSettings)
    }


SITES, CHARGERS = records_of(composed.State), records_of(composed.ChargerState)
RECORDS = {kind.__name__: kind for kind in (*SITES.values(), *CHARGERS.values())}
BY_FIELD = SITES | CHARGERS
"""The records by the names under which they are found."""


def mutable_fields(tree: ast.Module) -> set[str]:
    """Return the fields of a file's dataclasses that are not frozen."""
    return {
        each.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any("dataclass" in ast.unparse(by) for by in node.decorator_list)
        and not any("frozen=True" in ast.unparse(by) for by in node.decorator_list)
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }


OWNED = {file: mutable_fields(tree) for file, tree in TREES.items() if file != "state"}
COMPOSED = {each.name for kind in (composed.State, composed.ChargerState) for each in fields(kind)}


@dataclass(frozen=True, kw_only=True)
class Write:
    """A place where a field is assigned, or what it holds is changed."""

    base: ast.expr
    """What the field belongs to."""

    name: str

    def is_by_owner(self, file: str) -> bool:
        """Return whether the file may write the field."""
        base = last_name(self.base)
        if base in BY_FIELD and self.name in {each.name for each in fields(BY_FIELD[base])}:
            return file_of(BY_FIELD[base]) == file
        owners = {owner for owner, names in OWNED.items() if self.name in names}
        if self.name in COMPOSED and file in ("switching", ANEW):
            return True
        return file in owners or not (owners or self.name in COMPOSED)


def last_name(node: ast.expr) -> str:
    """Return the last name of an expression: `evidence` of `charger.evidence`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def writes(tree: ast.AST) -> Iterator[Write]:
    """Yield where fields are assigned, deleted, or changed in what they hold."""
    for node in ast.walk(tree):
        changed: ast.expr | None = None
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            changed = node
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            changed = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            changed = node.func.value if node.func.attr in CHANGING else None
        if isinstance(changed, ast.Attribute):
            yield Write(base=changed.value, name=changed.attr)


@pytest.mark.parametrize("file", TREES)
def test_record_is_written_by_its_own_file_alone(file: str) -> None:
    """What is believed of a charger can be read in one place, and set in no other."""
    foreign = [
        f"{ast.unparse(each.base)}.{each.name}"
        for each in writes(TREES[file])
        if not each.is_by_owner(file)
    ]
    assert foreign == []


@pytest.mark.parametrize("file", TREES)
def test_nothing_is_written_behind_the_readers_back(file: str) -> None:
    """No field is set by its name as a string, but where frozen settings complete themselves."""
    calls = [
        ast.unparse(node)
        for node in ast.walk(TREES[file])
        if isinstance(node, ast.Call) and last_name(node.func) in ("setattr", "__setattr__")
    ]
    completing = [
        f"object.__setattr__(self, '{name}', tuple({name}))" for name in ("limits", "sources")
    ]
    assert calls == (completing if file == "settings" else [])


@pytest.mark.parametrize(
    "line",
    [
        "charger.evidence.cut = None",
        "charger.setpoints.current_a += 1",
        "charger.setpoints.items.append(item)",
        "charger.setpoints.items[0] = item",
        "del charger.setpoints.items[0]",
        "evidence.cut.highest_a[0] -= 1.0",
        "state.deadband.until[0] = now",
        "charger.hold.until, at = None, 1.0",
        "charger.is_ours = False",
        "state.balanced = []",
    ],
)
def test_foreign_write_is_found(line: str) -> None:
    """The tests above would see it in another file: here in that of the escalation."""
    found = list(writes(ast.parse(line)))
    assert [each.is_by_owner("supervise/escalation") for each in found].count(False) == 1


# The table of events in the package's docstring


@dataclass(frozen=True, kw_only=True)
class Table:
    """What the docstring of the package says."""

    files: dict[str, set[str]]
    """From which files the handlers of an event are called."""

    handlers: dict[str, dict[str, set[str]]]
    """Of each record, its handlers by event."""


def table() -> Table:
    """Return what the docstring says."""
    files: dict[str, set[str]] = {}
    told: dict[str, str] = {}
    name = ""
    for line in (balancing.__doc__ or "").split("\n\n", 3)[3].splitlines():
        if first := re.match(r" {4}(\w+) ", line):
            name = first[1]
        if name and name.islower():
            files.setdefault(name, set()).update(re.findall(r"\w+", re.split(r" {2,}", line)[-1]))
        elif name:
            told[name] = told.get(name, "") + " " + line.removeprefix(f"    {name}").strip()
    handlers = {
        record: {
            event: {f"on_{each}" for each in names.split()}
            for event, _, names in (part.strip().partition(":") for part in text.split("·"))
        }
        for record, text in told.items()
    }
    return Table(files=files, handlers=handlers)


TABLE = table()


def own_handlers(kind: type) -> set[str]:
    """Return the handlers that a record defines."""
    return {name for name in vars(kind) if name.startswith("on_")}


def calls() -> Iterator[tuple[str, str, str]]:
    """Yield file, record and handler of each call of a record's handler."""
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            base, handler = node.func.value, node.func.attr
            is_sites = isinstance(base, ast.Attribute) and last_name(base.value) == "state"
            kind = (SITES if is_sites else BY_FIELD).get(last_name(base))
            if kind is not None and handler in own_handlers(kind):
                yield file.rpartition("/")[2], kind.__name__, handler


CALLS = set(calls())


def test_table_names_every_record_and_no_other() -> None:
    """What the core remembers can be looked up in one place."""
    assert TABLE.handlers.keys() == RECORDS.keys()


def test_table_names_events_that_it_explains() -> None:
    """Each event has its line, and each line has records."""
    assert {event for row in TABLE.handlers.values() for event in row} == TABLE.files.keys()


def test_table_names_files_that_exist() -> None:
    """And each is a single one: no two files of the core have the same name."""
    names = [file.rpartition("/")[2] for file in TREES]
    assert len(names) == len(set(names))
    assert set().union(*TABLE.files.values()) <= set(names)


@pytest.mark.parametrize("record", RECORDS)
def test_table_has_the_handlers_of_each_record(record: str) -> None:
    """A handler that is added or renamed has its event in the table."""
    told = set().union(*TABLE.handlers[record].values())
    assert told == own_handlers(RECORDS[record])


@pytest.mark.parametrize("record", RECORDS)
def test_handlers_are_called_from_the_files_of_their_events(record: str) -> None:
    """What changes a record is what the table says, and all that it says does."""
    told = [
        (handler, TABLE.files[event])
        for event, handlers in TABLE.handlers[record].items()
        for handler in handlers
    ]
    called = [(handler, file) for file, kind, handler in CALLS if kind == record]
    for handler, files in told:
        assert any(name == handler and file in files for name, file in called), handler
    for handler, file in called:
        assert any(name == handler and file in files for name, files in told), (handler, file)


@pytest.mark.parametrize("event", TABLE.files)
def test_each_file_of_an_event_calls_one_of_its_handlers(event: str) -> None:
    """No file is named that has nothing to do with the event."""
    if event == "restart":
        return
    callers = {
        file for file, kind, handler in CALLS if handler in TABLE.handlers[kind].get(event, set())
    }
    assert TABLE.files[event] <= callers


def test_restart_makes_the_records_that_the_table_says() -> None:
    """What a new run knows is what the memory fills in."""
    made = {
        name
        for node in ast.walk(TREES[ANEW])
        if isinstance(node, ast.Call)
        for name in (last_name(node.func), last_name(getattr(node.func, "value", node.func)))
        if name in RECORDS
    }
    assert made == {record for record, row in TABLE.handlers.items() if "restart" in row}
