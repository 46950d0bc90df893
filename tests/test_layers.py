"""Arrows point down: the layers of pyproject.toml hold, and every module is in one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

LINT = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"]


def test_every_module_has_a_layer_and_imports_point_down() -> None:
    ran = subprocess.run(LINT, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_an_import_that_points_up_is_found(tmp_path: Path) -> None:
    (tmp_path / "watcher").mkdir()
    for name in ("__init__", "model"):
        (tmp_path / "watcher" / f"{name}.py").write_text("from watcher import app\n" if name == "model" else "")
    (tmp_path / "watcher/app.py").write_text("")
    config = (ROOT / "pyproject.toml").read_text().partition("[tool.importlinter]")[2].replace("exhaustive = true", "")
    layers = "\n".join(f'    "{layer}",' for layer in ("app", "model"))
    config = config.partition("layers = [")[0] + f"layers = [\n{layers}\n]\n"
    (tmp_path / "pyproject.toml").write_text("[tool.importlinter]" + config)

    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(LINT, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert "watcher.model is not allowed to import watcher.app" in ran.stdout
    assert ran.returncode == 1
