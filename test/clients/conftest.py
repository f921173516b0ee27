"""A server on the real model, shared by all tests of this folder."""
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CACHE = Path(os.environ.get("KINGLET_CACHE", REPOSITORY / ".cache"))
API_KEY = "test-key"

# Nothing goes beyond this machine.
os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", LITELLM_LOCAL_MODEL_COST_MAP="True")

CHATS = json.loads((REPOSITORY / "test/golden/reference/smollm2-135m/chats.json").read_text())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, condition, seconds=60):
    """Polls until condition() is true; what names it in the failure."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")


def need(what, path):
    """Skips a test whose client could not be installed; in continuous integration it fails."""
    if path is not None and Path(path).exists():
        return str(path)
    message = f"{what} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def need_command(name):
    return need(name, shutil.which(name))


class Server:
    def __init__(self, port):
        self.origin = f"http://127.0.0.1:{port}"
        self.base_url = f"{self.origin}/v1"
        self.target = f"127.0.0.1:{port}"
        self.model = "smollm2"
        self.api_key = API_KEY

    def post(self, path, body):
        """An answer without any client, to compare with."""
        request = urllib.request.Request(
            self.origin + path, json.dumps(body).encode(),
            {"authorization": f"Bearer {self.api_key}", "content-type": "application/json"})
        return json.load(urllib.request.urlopen(request))

    def chat(self, messages, max_tokens=16):
        body = {"messages": messages, "temperature": 0, "max_tokens": max_tokens}
        return self.post("/v1/chat/completions", body)["choices"][0]["message"]["content"]

    def complete(self, prompt, max_tokens=6):
        body = {"prompt": prompt, "temperature": 0, "max_tokens": max_tokens}
        return self.post("/v1/completions", body)["choices"][0]["text"]


@contextmanager
def start(*arguments):
    """`kinglet serve ARGUMENTS...` until the block ends."""
    port = free_port()
    process = subprocess.Popen(
        ["node", "dist/src/cli/main.js", "serve", *arguments, "--port", str(port), "--api-key", API_KEY,
         "--log-level", "warn"],
        cwd=REPOSITORY)
    running = Server(port)
    try:
        wait_until("the server is ready", lambda: urllib.request.urlopen(f"{running.origin}/ready").status == 200)
        yield running
    finally:
        process.terminate()
        assert process.wait(20) == 0, "SIGTERM must end the server with exit code 0"


@pytest.fixture(scope="session")
def server():
    with start(os.environ["KINGLET_TEST_MODEL"], "--served-model-name", "smollm2", "--max-model-len", "2048") as running:
        yield running


class Conversation:
    """What the clients of this folder say, and what they must hear."""

    def __init__(self, server):
        # The answer is that of transformers, each token with a margin of 2.35 or more.
        self.messages = CHATS[0]["messages"]
        self.answer = CHATS[0]["greedy_text"]
        self.next = "And the capital of Spain?"
        self.prompt = "1 2 3 4"
        self.continued = server.chat([
            *self.messages, {"role": "assistant", "content": self.answer}, {"role": "user", "content": self.next}])
        self.completion = server.complete(self.prompt)

    def given(self, server):
        """For clients in other processes, which print what they heard."""
        return json.dumps({
            "baseURL": server.base_url, "apiKey": server.api_key, "model": server.model,
            "messages": self.messages, "next": self.next, "prompt": self.prompt})

    def check(self, heard):
        """What such a client printed."""
        assert heard["whole"] == self.answer
        assert heard["finish"] == "stop"
        assert "".join(heard["pieces"]) == self.answer
        assert len([piece for piece in heard["pieces"] if piece]) > 1, "the stream came in pieces"
        assert heard["continued"] == self.continued
        if "completion" in heard:
            assert heard["completion"] == self.completion
        assert heard["error"]["status"] == 400
        assert "maximum context length is 2048" in heard["error"]["message"]


@pytest.fixture(scope="session")
def conversation(server):
    return Conversation(server)


def run_client(command, seconds=100, **options):
    """The JSON that a client's process printed."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds, **options)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    return json.loads(ran.stdout)


def install_script(installed, script):
    """Copies a script of node/ to where its packages are: modules are found beside the script that asks for them."""
    copy = installed / script
    copy.write_text((HERE / "node" / script).read_text())
    return str(copy)
