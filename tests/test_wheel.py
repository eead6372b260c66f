"""The wheel that `make wheel` builds holds all that parlour needs at run time."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from parlour import __version__

ROOT = Path(__file__).parents[1]
PROGRAM = """
import parlour
from parlour.storage.migrations import script
print(parlour.__file__)
print(script(None))
"""
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def test_an_installed_wheel_runs_with_its_migrations_and_types(tmp_path: Path) -> None:
    build = ("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT))
    subprocess.run([*PIP, *build], check=True)
    (wheel,) = tmp_path.glob(f"parlour-{__version__}-*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    source = ROOT / "src"
    assert {path.relative_to(source).as_posix() for path in source.rglob("*.py")} <= packed
    assert "parlour/py.typed" in packed

    subprocess.run([*PIP, "install", "--no-deps", "--target", str(tmp_path / "installed"), str(wheel)], check=True)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=True,
    )
    place, _, sql = done.stdout.partition("\n")
    assert Path(place).is_relative_to(tmp_path)
    assert "CREATE TABLE alembic_version" in sql
