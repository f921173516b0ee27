"""The sources of text, one row each: all that weighing, training and reports know of them."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..problem import Problem
from . import algebra, gsm8k, integers, measures, programs, stories, talk


@dataclass(frozen=True)
class Source:
    """`make` gives problems, without end or each once; `share` is its part of what is curated, and of the mix
    that was made by hand."""

    make: Callable[[random.Random], Iterator[Problem]]
    share: float
    by_hand: float


SOURCES: dict[str, Source] = {
    "integers": Source(lambda rng: integers.generate(rng, for_tests=False), 0.30, 0.30),
    "measures": Source(lambda rng: measures.generate(rng, for_tests=False), 0.16, 0.15),
    "algebra": Source(lambda rng: algebra.generate(rng, for_tests=False), 0.10, 0.08),
    "stories": Source(lambda rng: stories.generate(rng, for_tests=False), 0.30, 0.32),
    "programs": Source(lambda rng: programs.generate(rng, for_tests=False), 0.08, 0.06),
    "gsm8k": Source(lambda rng: gsm8k.problems(), 0.02, 0.04),
    "talk": Source(lambda rng: talk.generate(rng, for_tests=False), 0.04, 0.05),
}
