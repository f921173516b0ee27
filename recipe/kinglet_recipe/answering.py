"""Test sets put to a model: as plain documents (base models) or as chats, with a record of every answer."""

import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from . import serving
from .documents import plain_prompt
from .verify import boxed, is_right, normal

# What an untuned model's context of 512 leaves after the longest question.
_PLAIN_TOKENS = 260


def plain_answers(url: str, entries: list[dict], max_tokens: int) -> list[dict]:
    """Greedy continuations of the questions as plain documents."""
    model = serving.model_name(url)

    def ask(entry: dict) -> dict:
        body = {
            "model": model,
            "prompt": plain_prompt(entry["question"]).removeprefix("<|begin_of_text|>"),
            "max_tokens": min(max_tokens, _PLAIN_TOKENS),
            "temperature": 0,
        }
        answer = serving.post(url, "/v1/completions", body)
        text = answer["choices"][0]["text"]
        return {"texts": [text], "tokens": answer["usage"]["completion_tokens"], "right": is_right(text, gold(entry))}

    return serving.all_of(entries, ask)


def chat_answers(
    url: str, entries: list[dict], max_tokens: int, samples: int = 1, temperature: float = 0.0
) -> list[dict]:
    """Chats of one question each; `samples` answers at `temperature`, or one greedy one (temperature 0)."""
    model = serving.model_name(url)

    def ask(numbered: tuple[int, dict]) -> dict:
        number, entry = numbered
        body = {
            "model": model,
            "messages": [{"role": "user", "content": entry["question"]}],
            "n": samples,
            "temperature": temperature,
            "top_p": 0.95 if temperature else 1,
            "seed": number,
            "max_tokens": max_tokens,
        }
        began = time.monotonic()
        answer = serving.post(url, "/v1/chat/completions", body)
        choices = answer["choices"]
        texts = [choice["message"]["content"] or "" for choice in choices]
        thoughts = [choice["message"].get("reasoning_content") or "" for choice in choices]
        return {
            "texts": texts,
            "thoughts": thoughts,
            "tokens": answer["usage"]["completion_tokens"],
            "cut": sum(choice["finish_reason"] == "length" for choice in choices),
            "ended thought": sum(bool(text.strip()) for text in texts),
            "looped": sum(serving.loops(thought + text) for thought, text in zip(thoughts, texts, strict=True)),
            "right": is_right(majority(texts), gold(entry)) if gold(entry) else None,
            "rights": sum(is_right(text, gold(entry)) for text in texts),
            "seconds": time.monotonic() - began,
        }

    return serving.all_of(list(enumerate(entries)), ask)


def gold(entry: dict) -> str:
    return entry["answer"].rpartition("#### ")[2].strip()


def majority(texts: list[str]) -> str:
    """The first text with the most frequent boxed answer."""
    answers = [boxed(text) for text in texts]
    counts = Counter(normal(answer) for answer in answers if answer is not None)
    if not counts:
        return texts[0]
    best = max(counts.values())
    return next(t for t, a in zip(texts, answers, strict=True) if a is not None and counts[normal(a)] == best)


def accuracy(results: Iterable[dict]) -> float:
    judged = [result["right"] for result in results if result["right"] is not None]
    return sum(judged) / max(1, len(judged))


def write_records(path: Path, entries: list[dict], results: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        json.dumps({**entry, **result}, ensure_ascii=False) for entry, result in zip(entries, results, strict=True)
    )
    path.write_text("".join(line + "\n" for line in lines))
