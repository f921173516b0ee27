"""Documents as token ids: encoded once, drawn without repeats until a source is used up, and packed in rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from .documents import Piece

IGNORED = -100


@dataclass
class Encoded:
    """Documents one after another: `ids` and `learnt` [tokens], document i from `starts[i]` to `starts[i + 1]`."""

    ids: np.ndarray
    learnt: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def document(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        span = slice(self.starts[index], self.starts[index + 1])
        return self.ids[span], self.learnt[span]

    def subset(self, numbers: list[int]) -> "Encoded":
        """The documents of these numbers, in this order."""
        documents = [self.document(number) for number in numbers]
        ids, learnt = (np.concatenate([document[part] for document in documents]) for part in (0, 1))
        return Encoded(ids, learnt, np.cumsum([0] + [len(document[0]) for document in documents]))


def encode(tokenizer: Tokenizer, documents: list[list[Piece]]) -> Encoded:
    pieces = [piece for document in documents for piece in document]
    encodings = tokenizer.encode_batch([text for text, _ in pieces], add_special_tokens=False)
    lengths = np.array([len(e.ids) for e in encodings])
    ids = np.concatenate([np.array(e.ids, dtype=np.uint16) for e in encodings])
    learnt = np.repeat(np.array([counts for _, counts in pieces], dtype=bool), lengths)
    ends = np.concatenate(([0], np.cumsum(lengths)))
    first = np.concatenate(([0], np.cumsum([len(document) for document in documents])))
    return Encoded(ids, learnt, ends[first])


def save(path: Path, encoded: Encoded) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez(part, ids=encoded.ids, learnt=encoded.learnt, starts=encoded.starts)
    part.rename(path)


def load(path: Path) -> Encoded:
    with np.load(path) as file:
        return Encoded(file["ids"], file["learnt"], file["starts"])


def cached(path: Path, make: Callable[[], Encoded]) -> Encoded:
    if not path.exists():
        save(path, make())
    return load(path)


class Mix:
    """Rows of `length` + 1 tokens from several sources, by their weights.

    As in the paper, a source is drawn for every document, and documents follow one another without masks; a row
    begins with a whole document, and what doesn't fit at its end is left out. Each source is gone through in a
    shuffled order, and again in another one. `state` and `restore` make it resumable to the document.
    """

    def __init__(self, sources: dict[str, Encoded], weights: dict[str, float], length: int, seed: int):
        self.sources = {name: sources[name] for name in sources if weights.get(name, 0) > 0}
        self.length, self.seed = length, seed
        # Weights are shares of tokens; documents of a source with long ones are drawn less often.
        means = {name: len(source.ids) / max(1, len(source)) for name, source in self.sources.items()}
        rates = np.array([weights[name] / means[name] for name in self.sources])
        self.rates = rates / rates.sum()
        self.rng = np.random.default_rng(seed)
        self.position = dict.fromkeys(self.sources, 0)
        self.orders: dict[str, tuple[int, np.ndarray]] = {}

    def state(self) -> dict:
        return {"rng": self.rng.bit_generator.state, "position": dict(self.position)}

    def restore(self, state: dict) -> None:
        self.rng.bit_generator.state = state["rng"]
        self.position = dict(state["position"])

    def epochs(self) -> dict[str, float]:
        return {name: self.position[name] / len(self.sources[name]) for name in self.sources}

    def _next(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        source = self.sources[name]
        epoch, index = divmod(self.position[name], len(source))
        self.position[name] += 1
        if self.orders.get(name, (-1,))[0] != epoch:
            order = np.random.default_rng([self.seed, epoch, *name.encode()]).permutation(len(source))
            self.orders[name] = (epoch, order)
        return source.document(self.orders[name][1][index])

    def row(self) -> tuple[np.ndarray, np.ndarray]:
        """Ids [length + 1] and targets [length]: target t is id t + 1, or IGNORED where it isn't learnt."""
        names = list(self.sources)
        ids, learnt, size = [], [], 0
        while size <= self.length:
            document = self._next(names[self.rng.choice(len(names), p=self.rates)])
            ids.append(document[0])
            learnt.append(document[1])
            size += len(document[0])
        row = np.concatenate(ids)[: self.length + 1].astype(np.int64)
        targets = np.where(np.concatenate(learnt)[1 : self.length + 1], row[1:], IGNORED)
        return row, targets

    def batches(self, rows: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Endless batches: inputs [rows, length] and targets [rows, length]."""
        while True:
            drawn = [self.row() for _ in range(rows)]
            yield np.stack([r[:-1] for r, _ in drawn]), np.stack([t for _, t in drawn])
