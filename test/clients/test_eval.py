"""`kinglet eval` beside lm_eval on the same files with the same prompts: the same numbers, to the last digit."""
import json
import os
import subprocess

import pytest
from conftest import REPOSITORY
from test_lm_eval import TASKS, run_lm_eval

CAPITALS = ["--template", "The capital of {{country}} is"]
COUNTING = [
    "--kind", "exact", "--template", "{{text}}", "--gold", "next", "--completions", "--temperature", "0",
    "--max-tokens", "8", "--stop", ",", "--stop", "\n"]


def kinglet_eval(arguments, output, key=""):
    """The summary that it prints, and its lines by question."""
    ran = subprocess.run(
        ["node", "dist/src/cli/main.js", "eval", *map(str, arguments), "--output", str(output), "--json"],
        cwd=REPOSITORY, env={**os.environ, "KINGLET_API_KEY": key}, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    _header, *lines = map(json.loads, output.read_text().splitlines())
    return json.loads(ran.stdout), sorted(lines, key=lambda line: line["index"])


@pytest.fixture(params=["a server", "in process"])
def where(request, server):
    """Where the model runs: arguments before the file, and behind it."""
    if request.param == "a server":
        return [], ["--url", server.base_url, "--model", server.model], server.api_key
    return [os.environ["KINGLET_TEST_MODEL"]], ["--max-model-len", "2048"], ""


def test_multiple_choice(server, where, tmp_path):
    before, behind, key = where
    summary, lines = kinglet_eval(
        [*before, TASKS / "capitals.jsonl", *CAPITALS, *behind], tmp_path / "capitals.jsonl", key)
    results, samples = run_lm_eval(server)
    scores = [[float(score) for score, _greedy in sample["filtered_resps"]] for sample in samples["kinglet_capitals"]]
    assert [line["logprobs"] for line in lines] == scores
    expected = results["kinglet_capitals"]
    assert summary["acc"]["mean"] == pytest.approx(expected["acc,none"], abs=1e-12)
    assert summary["accNorm"]["mean"] == pytest.approx(expected["acc_norm,none"], abs=1e-12)


def test_exact_match(server, where, tmp_path):
    before, behind, key = where
    summary, lines = kinglet_eval(
        [*before, TASKS / "counting.jsonl", *COUNTING, *behind], tmp_path / "counting.jsonl", key)
    results, samples = run_lm_eval(server)
    assert [line["samples"][0]["text"] for line in lines] == [
        sample["filtered_resps"][0] for sample in samples["kinglet_counting"]]
    assert [line["samples"][0]["right"] for line in lines] == [
        sample["exact_match"] == 1 for sample in samples["kinglet_counting"]]
    assert summary["accuracy"]["mean"] == pytest.approx(results["kinglet_counting"]["exact_match,none"], abs=1e-12)
