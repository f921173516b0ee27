"""How a problem becomes text: a plain document to pretrain on, or a chat with a thought to fine-tune on."""

import random

from .problem import Problem
from .tokenizer import BOS, EOS, EOT, HEADER, HEADER_END, THINK, THINK_END

# (text, whether its tokens count in the loss)
Piece = tuple[str, bool]

_SYSTEM = [
    "You are a helpful assistant.",
    "You are Kinglet Nano.",
    "You are a careful assistant. Think step by step.",
    "Answer the question.",
    "Please reason step by step, and put your final answer within \\boxed{}.",
    "You are a friendly tutor for arithmetic.",
    "Be brief.",
    "You are a helpful AI assistant that solves word problems.",
    "Help the user.",
    "You are an assistant running on a small computer.",
]


def plain(problem: Problem) -> list[Piece]:
    """Question, solution, answer; what a person wrote, where there is that."""
    solution = problem.prose or problem.thought
    return [(f"{BOS}{problem.question}\n{solution}\n{problem.final()}{EOS}", True)]


def plain_prompt(question: str) -> str:
    return f"{BOS}{question}\n"


def _turn(role: str, text: str) -> str:
    return f"{HEADER}{role}{HEADER_END}\n\n{text}"


def _opening(problem: Problem, history: list[Problem], rng: random.Random) -> str:
    """All that stands before the thought: at times a system message, and turns that came before."""
    text = BOS
    if rng.random() < 0.2:
        text += _turn("system", rng.choice(_SYSTEM)) + EOT
    for earlier in history:
        text += _turn("user", earlier.question) + EOT + _turn("assistant", earlier.final()) + EOT
    return text + _turn("user", problem.question) + EOT + _turn("assistant", f"{THINK}\n")


def chat(problem: Problem, history: list[Problem], rng: random.Random) -> list[Piece]:
    """A chat whose last answer is learnt: thought, then one sentence."""
    return [
        (_opening(problem, history, rng), False),
        (f"{problem.thought}\n{THINK_END}\n{problem.final()}{EOT}", True),
    ]


def chat_cut_short(problem: Problem, history: list[Problem], rng: random.Random) -> list[Piece]:
    """A chat whose thought is ended from outside, after some of its lines or before the first; only what follows
    the end is learnt, never to end early."""
    lines = problem.thought.split("\n")
    kept = lines[: rng.randrange(len(lines))] if rng.random() < 0.7 else []
    begun = "".join(line + "\n" for line in kept)
    return [
        (_opening(problem, history, rng) + f"{begun}{THINK_END}\n", False),
        (f"{problem.final()}{EOT}", True),
    ]
