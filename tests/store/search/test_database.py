"""SQLite without the modules that its C module asks for."""

import subprocess
import sys

CODE = """
import sys
from memctl.store.search.database import connect, sqlite3
assert "functools" not in sys.modules
db = connect(":memory:")
assert [db.execute("select ?", (n,)).fetchone() for n in (1, 2)] == [(1,), (2,)]
import functools, sqlite3 as package
assert functools.partial(int, "7")() == 7
assert package.OperationalError is sqlite3.OperationalError
assert package.connect(":memory:").execute("select 3").fetchone() == (3,)
"""


def test_functools_is_not_loaded_and_still_there_for_who_wants_it() -> None:
    """`-S`: what an environment loads at its start may have imported functools already."""
    path = f"import sys; sys.path[:0] = {sys.path!r}\n"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", path + CODE], check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
