"""lm_eval, unchanged, on a log-likelihood task and a generation task made from local files."""
import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TASKS = Path(__file__).parent / "tasks"
NAMES = ("kinglet_capitals", "kinglet_counting")


@functools.cache
def run_lm_eval(server):
    """Its results by task, and its samples by task, in the order of the file; once for all tests."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder)
        arguments = ",".join([
            f"model={server.model}", f"base_url={server.base_url}/completions", "tokenizer_backend=remote",
            f"auth_token={server.api_key}", "num_concurrent=4", "max_length=1024"])
        environment = {
            **os.environ, "OPENAI_API_KEY": server.api_key, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1",
            "HF_HOME": str(output / "huggingface"), "TOKENIZERS_PARALLELISM": "false"}
        ran = subprocess.run(
            [sys.executable, "-m", "lm_eval", "run", "--model", "local-completions", "--model_args", arguments,
             "--include_path", str(TASKS), "--tasks", ",".join(NAMES), "--output_path", str(output), "--log_samples"],
            cwd=TASKS, env=environment, capture_output=True, text=True, timeout=300)
        assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
        (summary,) = output.rglob("results_*.json")
        samples = {}
        for name in NAMES:
            (file,) = output.rglob(f"samples_{name}_*.jsonl")
            read = [json.loads(line) for line in file.read_text().splitlines()]
            samples[name] = sorted(read, key=lambda sample: sample["doc_id"])
        return json.loads(summary.read_text())["results"], samples


@pytest.fixture(scope="module")
def results(server):
    return run_lm_eval(server)[0]


def test_loglikelihood(results):
    # A quarter would be chance; scores of an echo without log-probabilities sit there.
    assert results["kinglet_capitals"]["acc,none"] >= 0.7


def test_generation(results):
    assert results["kinglet_counting"]["exact_match,none"] >= 0.5
