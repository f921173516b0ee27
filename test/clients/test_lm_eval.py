"""lm_eval, unchanged, on a log-likelihood task and a generation task made from local files."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TASKS = Path(__file__).parent / "tasks"


@pytest.fixture(scope="module")
def results(server, tmp_path_factory):
    output = tmp_path_factory.mktemp("lm_eval")
    arguments = ",".join([
        f"model={server.model}", f"base_url={server.base_url}/completions", "tokenizer_backend=remote",
        f"auth_token={server.api_key}", "num_concurrent=4", "max_length=1024"])
    environment = {
        **os.environ, "OPENAI_API_KEY": server.api_key, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1",
        "HF_HOME": str(output / "huggingface"), "TOKENIZERS_PARALLELISM": "false"}
    ran = subprocess.run(
        [sys.executable, "-m", "lm_eval", "run", "--model", "local-completions", "--model_args", arguments,
         "--include_path", str(TASKS), "--tasks", "kinglet_capitals,kinglet_counting",
         "--output_path", str(output), "--log_samples"],
        cwd=TASKS, env=environment, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    (summary,) = output.rglob("results_*.json")
    return json.loads(summary.read_text())["results"]


def test_loglikelihood(results):
    # A quarter would be chance; scores of an echo without log-probabilities sit there.
    assert results["kinglet_capitals"]["acc,none"] >= 0.7


def test_generation(results):
    assert results["kinglet_counting"]["exact_match,none"] >= 0.5
