"""The balancing core decides and does nothing else: no clock, no logging, no I/O, no framework."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

INTEGRATION = Path(__file__).parents[1] / "custom_components" / "ev_lb"
CORE = INTEGRATION / "balancing"
MODULES = sorted(CORE.rglob("*.py"))

IMPURE_MODULES = frozenset(
    {
        *("time", "datetime", "calendar", "sched"),  # clocks
        *("logging", "warnings", "traceback"),  # words to someone
        *("asyncio", "threading", "multiprocessing", "concurrent", "contextvars", "queue"),
        *("random", "secrets", "uuid"),  # another decision each time
        *("os", "sys", "io", "pathlib", "shutil", "tempfile", "socket", "subprocess", "signal"),
        *("sqlite3", "pickle", "shelve", "urllib", "http", "ssl", "importlib", "ctypes", "gc"),
    }
)
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__", "breakpoint"})


def name_of(path: Path) -> str:
    """Return a module's name, as it is imported with the integration's folder as path."""
    return ".".join(path.relative_to(INTEGRATION).with_suffix("").parts)


def absolute_imports(tree: ast.AST) -> set[str]:
    """Return the top-level names of what a module imports from outside its folder."""
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {
        node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0
    }
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_imports_the_standard_library_and_its_neighbours_only(path: Path) -> None:
    """A rule depends on what it is given, so that it can be proven."""
    tree = ast.parse(path.read_text())
    assert absolute_imports(tree) <= sys.stdlib_module_names - IMPURE_MODULES
    levels = {node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    depth = len(path.relative_to(CORE).parts)
    assert max(levels, default=0) <= depth, "a relative import climbs out of the core"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_reads_and_writes_nothing(path: Path) -> None:
    """The shell speaks to the world, the core to the shell."""
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert calls.isdisjoint(IMPURE_CALLS)


def test_core_runs_where_nothing_is_installed() -> None:
    """All of it can be imported, and decides, without Home Assistant or any other package."""
    modules = ", ".join(name_of(path) for path in MODULES if path.stem != "__init__")
    program = f"""
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("homeassistant", "custom_components", "voluptuous"):
            raise ImportError(name)
sys.meta_path.insert(0, Block())
sys.path.insert(0, {str(INTEGRATION)!r})
import {modules}
from balancing.balancer import decide
from balancing.model import Inputs, Reading
from balancing.settings import Settings, SiteSettings, UnavailableBehavior
from balancing.state import State
site = SiteSettings(
    rated_current_a=32, service_current_a=32, ramp_up_time_s=30.0,
    unavailable_behavior=UnavailableBehavior.STOP,
)
reading = Reading(current_a=(20.0,), at=0.0)
decision = decide(Settings(site=site), State(), Inputs(reading=reading), 0.0)
print(decision.view.house_load_a)
"""
    # -I, -S: neither the environment nor any site-packages are seen
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (run.stderr, run.stdout) == ("", "(20.0,)\n")
