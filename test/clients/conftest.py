"""A server on the real model, shared by all tests of this folder."""
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
API_KEY = "test-key"


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


class Server:
    def __init__(self, port):
        self.origin = f"http://127.0.0.1:{port}"
        self.base_url = f"{self.origin}/v1"
        self.target = f"127.0.0.1:{port}"
        self.model = "smollm2"
        self.api_key = API_KEY


@pytest.fixture(scope="session")
def server():
    port = free_port()
    process = subprocess.Popen(
        ["node", "dist/src/cli/main.js", "serve", os.environ["KINGLET_TEST_MODEL"], "--port", str(port),
         "--served-model-name", "smollm2", "--api-key", API_KEY, "--max-model-len", "2048",
         "--log-level", "warn"],
        cwd=REPOSITORY)
    running = Server(port)
    try:
        wait_until("the server is ready", lambda: urllib.request.urlopen(f"{running.origin}/ready").status == 200)
        yield running
    finally:
        process.terminate()
        assert process.wait(20) == 0, "SIGTERM must end the server with exit code 0"
