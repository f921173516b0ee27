"""The `llm` command with an OpenAI-compatible model in extra-openai-models.yaml."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def llm(server, tmp_path):
    (tmp_path / "extra-openai-models.yaml").write_text(json.dumps([
        {"model_id": "kinglet", "model_name": server.model, "api_base": server.base_url, "api_key_name": "kinglet"},
        {"model_id": "kinglet-completion", "model_name": server.model, "api_base": server.base_url,
         "api_key_name": "kinglet", "completion": True}]))
    (tmp_path / "keys.json").write_text(json.dumps({"kinglet": server.api_key}))
    environment = {**os.environ, "LLM_USER_PATH": str(tmp_path)}

    def run(*arguments):
        return subprocess.run(
            [str(Path(sys.executable).with_name("llm")), *arguments],
            env=environment, capture_output=True, text=True, timeout=60)
    return run


def test_chat_streamed_and_not(server, llm):
    question = "What is the capital of France?"
    expected = server.chat([{"role": "user", "content": question}])
    options = ("-m", "kinglet", "-o", "temperature", "0", "-o", "max_tokens", "16", question)
    for switch in ([], ["--no-stream"]):
        ran = llm(*switch, *options)
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.strip() == expected.strip()
    # -c goes on with what was said and answered, which llm keeps.
    continued = llm("-c", "-o", "temperature", "0", "-o", "max_tokens", "16", "And of Italy?")
    assert continued.returncode == 0, continued.stderr
    assert continued.stdout.strip() == server.chat([
        {"role": "user", "content": question}, {"role": "assistant", "content": expected},
        {"role": "user", "content": "And of Italy?"}]).strip()


def test_completion_and_error(server, llm, conversation):
    ran = llm("-m", "kinglet-completion", "-o", "temperature", "0", "-o", "max_tokens", "6", conversation.prompt)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == conversation.completion.strip()
    refused = llm("-m", "kinglet", "-o", "max_tokens", "100000", "hi")
    assert refused.returncode != 0
    assert "maximum context length is 2048" in refused.stderr
