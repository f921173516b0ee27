"""Clients that are not Python's, or want other packages than the rest: each in a process of its own."""
import json
import subprocess

import pytest

from conftest import CACHE, HERE, install_script, need, need_command, run_client


@pytest.mark.parametrize("client", ["ai-sdk", "langchain"])
def test_node(server, conversation, client):
    installed = CACHE / "clients-node"
    need(f"{client} for JavaScript", installed / "node_modules/ai/package.json")
    heard = run_client(["node", install_script(installed, f"{client}.mjs"), conversation.given(server)])
    conversation.check(heard)
    for usage in (heard["usage"], heard["streamUsage"]):
        counts = {name: usage.get(name) for name in usage if isinstance(usage.get(name), int)}
        assert 8 in counts.values(), f"eight tokens in the answer: {counts}"


def test_llama_index(server, conversation):
    python = need("LlamaIndex", CACHE / "clients-llama-index/bin/python")
    conversation.check(run_client([python, str(HERE / "llama-index/client.py"), conversation.given(server)]))


def test_jdk_http_client(server, conversation, tmp_path):
    javac, java = need_command("javac"), need_command("java")
    subprocess.run(
        [javac, "-d", str(tmp_path), str(HERE / "java/KingletClient.java")], check=True, timeout=100)
    body = {"messages": conversation.messages, "temperature": 0, "max_tokens": 16}
    ran = subprocess.run(
        [java, "-cp", str(tmp_path), "KingletClient", server.origin, server.api_key, json.dumps(body)],
        capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    answers = {}
    for part in ran.stdout.split("== ")[1:]:
        head, text = part.split("\n", 1)
        name, status, version = head.split()
        assert version == "HTTP_1_1", "the upgrade to h2c was left alone"
        answers[name] = (int(status), text.strip())
    status, text = answers["models"]
    assert status == 200 and json.loads(text)["data"][0]["id"] == server.model
    status, text = answers["chat"]
    assert status == 200 and json.loads(text)["choices"][0]["message"]["content"] == conversation.answer
    status, text = answers["stream"]
    assert status == 200
    lines = [line.removeprefix("data: ") for line in text.split("\n") if line]
    assert lines.pop() == "[DONE]"
    deltas = [json.loads(line)["choices"][0]["delta"].get("content") or "" for line in lines]
    assert "".join(deltas) == conversation.answer
    status, text = answers["error"]
    assert status == 400 and json.loads(text)["error"]["param"] == "messages"
