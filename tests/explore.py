"""The examples of the property tests: the same everywhere, and fresh ones to look for more.

Run as a module it starts pytest on all cores, round after round until the time is up; in those
pytests it is the plugin that mixes the order and prints what was found on single lines.
"""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

EVERYDAY, EXPLORE = "everyday", "explore"

# The everyday suite sees the same examples on every machine, whatever ran before.
settings.register_profile(
    EVERYDAY,
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],  # to make a counterexample small takes minutes
)
# `scripts/explore` gives the seeds.
settings.register_profile(
    EXPLORE,
    settings.get_profile(EVERYDAY),
    derandomize=False,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
# hypothesis also tries the constants of whatever modules are loaded: a test alone would see other
# examples than within the suite, and an edited line elsewhere would change them all.
providers._get_local_constants = Constants  # noqa: SLF001

ROOT = Path(__file__).parents[1]
UNTIL = "EXPLORE_UNTIL"
"""The environment variable that says when the time is up, in seconds since 1970."""

TIMES = 5
"""How many of a property's examples a round has: it costs seconds to begin one."""

EVERYDAY_SHARE = 0.1
"""How many of them the everyday suite tries, the first ones: it must not take ten minutes.

What was found once is an `@example` beside its property, and those it tries all.
"""

FOUND, TRIED = "counterexample", "tried"

INDENTED = "    because of "


def examples(count: int, **others: Any) -> settings:
    """Return the settings of a property: so many examples, more where `scripts/explore` looks."""
    is_exploring = settings.get_current_profile_name() == EXPLORE
    share = TIMES if is_exploring else EVERYDAY_SHARE
    return settings(max_examples=max(int(count * share), 1), **others)


# In the pytests


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mix the order: the time may be up before the last one."""
    Random(str(config.getoption("--hypothesis-seed"))).shuffle(items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin nothing when the time is up, but for one test: what was not tried is not clean."""
    is_first = item is item.session.items[0]
    if not is_first and time.time() > float(os.environ.get(UNTIL, "inf")):
        pytest.skip("the time is up")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Print what a test has found, and how much it tried."""
    report = yield
    if call.when != "call":
        return report
    statistics = getattr(item, "hypothesis_statistics", "")
    count = sum(map(int, re.findall(r"(\d+) (?:passing|failing)\b", statistics)))
    writer = item.config.get_terminal_writer()
    writer.line(f"\n{TRIED} {count}")
    if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
        notes = getattr(call.excinfo.value, "__notes__", [])
        seed = item.config.getoption("--hypothesis-seed")
        writer.line(f"{FOUND} of {item.nodeid}, seed {seed}: {on_one_line(notes)}")
        writer.line(f"{INDENTED}{call.excinfo.typename}: {shortened(str(call.excinfo.value))}")
    return report


def on_one_line(notes: list[str]) -> str:
    """Return a falsifying example as it can be pasted, or the steps that lead to it."""
    text = " ".join(" ".join(notes).split()) or "no example: it fails by itself"
    text = re.sub(r"(?:Failing|Falsifying)[\w ]+: \w+\( ?", "@example(", text)
    return text.replace(", )", ")")


def shortened(text: str) -> str:
    """Return the first line of a message."""
    return next(iter(text.splitlines()), "")[:300]


# In the process that starts them


@dataclass(kw_only=True)
class Search:
    """A search on all cores until a moment."""

    words: list[str]
    """What pytest is told beside the seed: which tests."""

    until: float
    tried: int = 0
    found: int = 0
    broken: list[str] = field(default_factory=list)
    """The last words of each pytest that could not even run."""

    def run(self) -> None:
        """Search until the time is up."""
        cores = [threading.Thread(target=self._on_a_core) for _ in range(os.cpu_count() or 1)]
        for core in cores:
            core.start()
        for core in cores:
            core.join()

    def _on_a_core(self) -> None:
        while time.time() < self.until and not self.broken:
            self._round(SystemRandom().randrange(2**32))

    def _round(self, seed: int) -> None:
        words = [sys.executable, "-m", "pytest", "-p", "tests.explore", "-p", "no:cacheprovider"]
        words += ["-m", "hypothesis", "-q", "-rN", "--no-header", "--tb=no", "-o", "timeout=0"]
        words += [f"--hypothesis-profile={EXPLORE}", f"--hypothesis-seed={seed}", *self.words]
        lines = list[str]()
        with subprocess.Popen(
            words,
            cwd=ROOT,
            env=os.environ | {UNTIL: str(self.until)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as pytest_process:
            for line in pytest_process.stdout or ():
                self._hear(line.rstrip())
                lines.append(line)
        is_found = any(FOUND in line for line in lines)
        if pytest_process.returncode != (1 if is_found else 0):
            self.broken.append("".join(lines[-30:]))

    def _hear(self, line: str) -> None:
        # pytest's dots may stand before it on the same line.
        _, tried, count = line.rpartition(f"{TRIED} ")
        if tried and count.isdigit():
            self.tried += int(count)
        elif FOUND in line:
            self.found += 1
            print(line[line.index(FOUND) :], flush=True)
        elif line.startswith(INDENTED):
            print(line, flush=True)


def main(words: list[str]) -> int:
    """Search for so many minutes, and return the exit code."""
    minutes = float(words[0]) if words else 10.0
    began = time.time()
    search = Search(words=words[1:] or ["tests/balancing"], until=began + 60 * minutes)
    search.run()
    for last_words in search.broken:
        print(last_words)
    print(
        f"explore: {search.tried} examples in {time.time() - began:.0f} s, "
        f"{search.found} counterexamples"
    )
    return 2 if search.broken or not search.tried else int(search.found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
