"""One problem with its worked solution, as every source makes it and every later stage reads it."""

from dataclasses import dataclass, field


@dataclass
class Problem:
    """A question, the steps that solve it, and its exact answer.

    `pairs` are the operands of every operation of the thought (columns of digits are no operations: they are
    what operations are made of). `template` names the wording; `structure` the operations behind it.
    """

    source: str
    skill: str
    question: str
    thought: str
    answer: str
    template: str
    structure: str
    pairs: list[tuple[int, int]] = field(default_factory=list)
    steps: int = 1
    digits: int = 0
    # The sentence after the thought, where it is another than "The answer is \boxed{...}."
    reply: str = ""
    # The solution as a person wrote it, for pretraining alone.
    prose: str = ""

    def final(self) -> str:
        return self.reply or f"The answer is \\boxed{{{self.answer}}}."
