"""Everything that is checked, by one command: `nox`. `nox -l` lists the sessions, `nox -s NAME` runs one.

The default sessions are what CI runs. `bench` and `chaos` take longer and are run by name; what follows `--` goes to
the tool below (`nox -s tests-3.13 -- -k budget`, `nox -s chaos -- --size night`).
"""

import os

import nox

nox.options.sessions = ["lint", "types", "tests", "docs"]
nox.options.error_on_missing_interpreters = True
nox.options.reuse_existing_virtualenvs = True

PYTHONS = ["3.11", "3.13"]
WORKERS = os.environ.get("TEST_WORKERS", "2")


@nox.session
def lint(session: nox.Session) -> None:
    """Style: ruff, formatted and checked."""
    session.install("ruff>=0.15")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types: mypy and pyright, both strict, and every exported symbol known."""
    session.install("-e", ".[lint]")
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--verifytypes", "binance_async", "--ignoreexternal")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The tests, warnings being errors. What fails is not tried again: a flaky test is a fault."""
    session.install("-e", ".[test]")
    # Many tests start Python anew; without its cache each of them would compile the package.
    session.run("pytest", "-n", WORKERS, *session.posargs, env={"PYTHONDONTWRITEBYTECODE": ""})


@nox.session
def docs(session: nox.Session) -> None:
    """The documents: every example in them runs, every link leads somewhere."""
    session.install("-e", ".[fast,cli]")
    session.run("python", "docs/check.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Benchmarks beside the peers; `-- --check` compares with the last accepted figures."""
    session.install("-e", ".[fast,cli]")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """The reliability goals at a larger size: `-- --size night`."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.chaos", *session.posargs)
