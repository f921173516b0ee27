"""Asks models through Kinglet: starts `script/kinglet serve`, and sends requests side by side."""

import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
_START_S = 120
_BESIDE = 64  # requests at once


class ServerError(RuntimeError):
    """The server didn't start, or refused a request: holds what it said."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(model: Path, log: Path, flags: tuple[str, ...] = ()) -> Iterator[str]:
    """The base URL of a server of `model` that lives as long as the `with` block."""
    port = _free_port()
    command = [str(PROJECT / "script" / "kinglet"), "serve", str(model), "--port", str(port), *flags]
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(_START_S * 10):
            if process.poll() is not None:
                raise ServerError(f"{' '.join(command)} ended by itself: {log.read_text()[-2000:]}")
            try:
                with urllib.request.urlopen(f"{url}/ready", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        else:
            raise ServerError(f"the server wasn't ready within {_START_S} s: {log.read_text()[-2000:]}")
        yield url
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 15)
            process.wait(timeout=60)


def post(url: str, path: str, body: dict) -> dict:
    request = urllib.request.Request(
        url + path, json.dumps(body).encode(), {"content-type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=600) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise ServerError(f"{path}: {error.code} {error.read().decode(errors='replace')[:500]}") from error


def model_name(url: str) -> str:
    with urllib.request.urlopen(f"{url}/v1/models", timeout=30) as response:
        return json.load(response)["data"][0]["id"]


def all_of(items: list, ask: Callable[[object], dict]) -> list[dict]:
    """Results of `ask` in the order of `items`, many at once."""
    with ThreadPoolExecutor(_BESIDE) as pool:
        return list(pool.map(ask, items))


_LOOP = re.compile(r"(.{4,80}?)\1{5,}$", re.DOTALL)


def loops(text: str) -> bool:
    """Whether `text` ends in the same 4 to 80 characters six times or more."""
    return bool(_LOOP.search(text[-1000:]))
