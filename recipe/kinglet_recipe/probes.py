"""Small sets of each skill by which sources are weighed: drawn as training problems are, from other seeds; no test
set is looked at."""

import random
from collections.abc import Iterator
from itertools import islice

from .documents import Piece
from .held_out import pair_is_held_out
from .problem import Problem
from .sources import SOURCES, stories
from .tokenizer import BOS, EOS

SEED = 99

# Each skill with the source and the skills of problems that it is probed by.
PROBES: dict[str, tuple[str, tuple[str, ...]]] = {
    "addition": ("integers", ("addition",)),
    "subtraction": ("integers", ("subtraction",)),
    "multiplication": ("integers", ("multiplication",)),
    "division": ("integers", ("division",)),
    "measures": ("measures", ()),
    "algebra": ("algebra", ()),
    "stories": ("stories", ("stories of 1", "stories of 2")),
    "long stories": ("stories", ("stories of 3", "stories of 4")),
    "programs": ("programs", ()),
    "gsm8k": ("gsm8k", ()),
    "talk": ("talk", ()),
}
# Of GSM8K's training questions one in this many is kept for its probe.
GSM8K_ONE_IN = 30


def is_gsm8k_probe(number: int) -> bool:
    return number % GSM8K_ONE_IN == 0


def problems(skill: str, count: int) -> list[Problem]:
    source, skills = PROBES[skill]
    rng = random.Random(f"{SEED} {skill}")
    made: Iterator[Problem] = SOURCES[source].make(rng)
    if source == "gsm8k":
        made = (p for number, p in enumerate(made) if is_gsm8k_probe(number))
    elif source == "stories":
        made = stories.generate(rng, for_tests=False)
    fits = (p for p in made if not skills or p.skill in skills)
    return list(islice((p for p in fits if not any(pair_is_held_out(*pair) for pair in p.pairs)), count))


def document(problem: Problem) -> list[Piece]:
    """As in pretraining; the loss is of the solution alone, since a probe measures a skill."""
    solution = problem.prose or problem.thought
    return [(f"{BOS}{problem.question}\n", False), (f"{solution}\n{problem.final()}{EOS}", True)]
