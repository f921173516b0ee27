"""The whole recipe at toy size, from text to report, through the command that a reader types."""

import json
import os
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="PyTorch isn't installed: script/test-nano installs it")

PROJECT = Path(__file__).parents[2]


def run(work: Path, *arguments: str) -> str:
    command = [PROJECT / "script" / "train-nano", *arguments, "--toy", "--work", work]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_all_stages(tmp_path: Path) -> None:
    said = run(tmp_path, "all")
    for stage in ("curate", "weigh", "compare", "train", "measure"):
        assert f"==> {stage}" in said
    curated = json.loads((tmp_path / "curated" / "report.json").read_text())
    assert all(source["kept"] > 0 for source in curated["sources"].values())
    weighed = json.loads((tmp_path / "weigh" / "influence.json").read_text())
    assert abs(sum(weighed["mix"].values()) - 1) < 1e-6
    left_out = json.loads((tmp_path / "weigh" / "left-out.json").read_text())
    assert set(left_out) == {"", *weighed["influence"]} and len(weighed["influence"]) == 7
    measured = json.loads((tmp_path / "measure" / "report.json").read_text())
    assert len(measured["ways"]) == 4 and len(measured["accuracy"]) == 5
    for accuracy in measured["accuracy"].values():
        assert {"addition", "stories-2", "gsm8k"} <= set(accuracy), "talk has no right answers"
    assert measured["count"]["talk"] == 3
    assert (tmp_path / "plots" / "mixes.svg").exists() and (tmp_path / "plots" / "growth.svg").exists()
    assert {p.name for p in (tmp_path / "kinglet-nano").iterdir()} >= {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "chat_template.jinja",
    }

    again = run(tmp_path, "all")
    assert ": step " not in again and "kept, dropped" not in again, "what was made is not made again"
