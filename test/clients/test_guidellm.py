"""guidellm, unchanged, on prompts of a local file: it counts tokens by continuous_usage_stats alone."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import HERE

TOKENS = 12
PROMPTS = ["What is gravity?", "Name three colours.", "Who wrote Hamlet?", "Count to five."]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions"])
def test_benchmark(server, tmp_path, path):
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("".join(
        json.dumps({"prompt": prompt, "output_tokens_count": TOKENS}) + "\n" for prompt in PROMPTS))
    report = tmp_path / "report.json"
    backend = (f"kind=openai_http,target={server.origin},model={server.model},api_key={server.api_key},"
               f"request_format={path}")
    ran = subprocess.run(
        [str(Path(sys.executable).with_name("guidellm")), "run", "--backend", backend,
         "--profile", "kind=concurrent,streams=2", "--constraint", f"kind=max_requests,count={len(PROMPTS)}",
         "--data", f"kind=json_file,path={prompts}", "--output", f"kind=json,path={report}", "--disable-console"],
        env={**os.environ, "PYTHONPATH": str(HERE / "without-torch"), "HF_HOME": str(tmp_path / "huggingface")},
        capture_output=True, text=True, timeout=100)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    (benchmark,) = json.loads(report.read_text())["benchmarks"]
    requests = benchmark["requests"]
    assert not requests["errored"] and not requests["incomplete"]
    assert len(requests["successful"]) == len(PROMPTS)
    for request in requests["successful"]:
        assert request["output_tokens"] == TOKENS
        assert request["prompt_tokens"] > 2
        assert request["output"]
