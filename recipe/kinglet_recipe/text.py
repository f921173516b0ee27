"""The text as the model reads it: tokenizer, encoded sources, and the shapes that fit them."""

import random
from functools import cache
from pathlib import Path

from . import corpus, curate, documents, tokenizer
from .corpus import Encoded
from .documents import Piece
from .model import Shape
from .problem import Problem
from .scale import SHORT, THETA, Scale
from .sources import SOURCES

_TOKENIZER_PROBLEMS = 4000  # of each source
_HISTORY = 0.12
_CUT_SHORT = 0.04
_SEED = 11


def make_tokenizer(work: Path, scale: Scale) -> None:
    """Trained on documents and chats of all sources alike; its files are in `work/tokenizer`."""
    folder = work / "tokenizer"
    if (folder / "chat_template.jinja").exists():
        return
    problems = [p for name in SOURCES for p in curate.problems(work, name)[:_TOKENIZER_PROBLEMS]]
    tokenizer.save(tokenizer.train((documents.plain(p)[0][0] for p in problems), scale.vocabulary), folder)
    print(f"tokenizer: {tokenizer.load(folder).get_vocab_size()} tokens", flush=True)


@cache
def plain_sources(work: Path) -> dict[str, Encoded]:
    """Every source as plain documents, encoded once."""
    made = tokenizer.load(work / "tokenizer")
    return {
        name: corpus.cached(
            work / "plain" / f"{name}.npz",
            lambda name=name: corpus.encode(made, [documents.plain(p) for p in curate.problems(work, name)]),
        )
        for name in SOURCES
    }


def chat_source(work: Path, name: str, problems: list[Problem]) -> Encoded:
    """Chats of `problems`: some after earlier turns, some with a thought that is ended from outside."""
    made = tokenizer.load(work / "tokenizer")
    rng = random.Random(f"{_SEED} {name}")

    def write(problem: Problem) -> list[Piece]:
        history = rng.sample(problems, rng.choice((1, 1, 2))) if rng.random() < _HISTORY else []
        if rng.random() < _CUT_SHORT:
            return documents.chat_cut_short(problem, history, rng)
        return documents.chat(problem, history, rng)

    return corpus.cached(work / "chats" / f"{name}.npz", lambda: corpus.encode(made, [write(p) for p in problems]))


def _shape(sizes: tuple[int, ...], scale: Scale, context: int) -> Shape:
    width, layers, heads, kv_heads, head_size, hidden = sizes
    return Shape(scale.vocabulary, width, layers, heads, kv_heads, head_size, hidden, THETA, context)


def small_shape(scale: Scale) -> Shape:
    return _shape(scale.small, scale, SHORT)


def full_shape(scale: Scale) -> Shape:
    return _shape(scale.full, scale, SHORT)
