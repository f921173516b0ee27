"""What the sources make: right, of whole templates, and with nothing in training that is kept for tests."""

import contextlib
import io
import random
import re
from itertools import islice

import pytest

from kinglet_recipe import curate, held_out_sets
from kinglet_recipe.held_out import pair_is_held_out
from kinglet_recipe.problem import Problem
from kinglet_recipe.sources import SOURCES, algebra, gsm8k, integers, measures, programs, stories, talk
from kinglet_recipe.verify import is_right, normal

from .test_working import check

GENERATORS = {"integers": integers, "measures": measures, "algebra": algebra, "stories": stories, "programs": programs}


def some(name: str, for_tests: bool, count: int = 1500) -> list[Problem]:
    return list(islice(GENERATORS[name].generate(random.Random(1), for_tests), count))


@pytest.mark.parametrize("name", GENERATORS)
def test_every_line_of_a_thought_is_right(name: str) -> None:
    for for_tests in (False, True):
        for problem in some(name, for_tests):
            check(problem.thought)
            assert is_right(problem.final(), problem.answer)
            assert "{" not in problem.question.replace("\\boxed{", ""), problem.question


@pytest.mark.parametrize("name", GENERATORS)
def test_wordings_of_tests_are_not_trained_on(name: str) -> None:
    trained = {p.template for p in some(name, False)}
    tested = {p.template for p in some(name, True)}
    assert trained and tested and not trained & tested


def test_two_step_templates() -> None:
    found = stories.templates(2)
    structures = {t.structure for t in found}
    assert len(found) >= 300 and len(structures) >= 12
    assert structures == {t.structure for t in found if t.for_tests}
    assert not any(not t.for_tests for t in found if t.structure in stories.UNSEEN_STRUCTURES)
    assert len({t.text for t in found}) == len(found)


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_every_template_can_be_filled(steps: int) -> None:
    for template in stories.templates(steps):
        problem = stories.instance(random.Random(3), template, steps)
        assert not re.search(r"[{}\[\]|]", problem.question), problem.question
        assert len(problem.pairs) >= steps


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_no_template_shares_a_run_of_words_with_one_of_the_tests(steps: int) -> None:
    assert len(stories.tested_runs()) > 1000
    shared = [
        t.text for t in stories.templates(steps) if not t.for_tests and stories.runs(t.text) & stories.tested_runs()
    ]
    assert shared == []


def test_runs_count_slots_alike() -> None:
    assert stories.runs("{N} has {a} books, and ${b} are left over.") == stories.runs(
        "{K} has [two|six] books, and {g} are left over"
    )


def test_programs_print_what_is_said() -> None:
    for problem in some("programs", False, 400):
        code = "\n".join(
            line
            for line in problem.question.split("\n")
            if re.match(r"(\w+ [-+*]?= |for |if |else:|    |print\()", line)
        )
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, {})  # made above, of assignments, loops and print alone
        assert out.getvalue().strip() == problem.answer


def test_gsm8k_chains_end_in_the_answer() -> None:
    chains = [p for p in gsm8k.problems() if p.thought]
    assert len(chains) > 4000
    for problem in chains:
        check(problem.thought)


def test_talk_has_wordings_for_tests_and_training() -> None:
    for kind in talk.FILES:
        for intent in talk.intents(kind):
            assert intent.thoughts and intent.answers and len(intent.questions) >= 15, intent.name
            assert intent.fillers or not any("{x}" in q for q in intent.questions), intent.name


def test_nothing_held_out_is_kept(tmp_path) -> None:
    curate.curate(tmp_path, 1500)
    tested = held_out_sets.read(tmp_path / "held-out")
    texts = curate.TestTexts([e["question"] for entries in tested.values() for e in entries])
    for name in SOURCES:
        kept = curate.problems(tmp_path, name)
        assert kept
        for problem in kept:
            assert not any(pair_is_held_out(*pair) for pair in problem.pairs), problem.question
            assert not texts.overlap(problem.question), problem.question
        assert len({p.question for p in kept}) == len(kept)
    for name in ("addition", "subtraction", "multiplication"):
        for entry in tested[name]:
            a, b = (int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", entry["question"])[:2])
            assert pair_is_held_out(a, b), entry["question"]


def test_the_sets_are_always_the_same(tmp_path) -> None:
    first = held_out_sets.write(tmp_path / "a")
    assert first == held_out_sets.write(tmp_path / "b") == held_out_sets.read(tmp_path / "a")
    assert all(
        set(entry) >= {"question", "answer"} and "\n#### " in entry["answer"] for e in first.values() for entry in e
    )


@pytest.mark.parametrize(
    ("text", "answer", "right"),
    [
        (r"The answer is \boxed{1,200}.", "1200", True),
        (r"The answer is \boxed{$4.50}.", "4.5", True),
        (r"So \boxed{3}, no: \boxed{4}.", "4", True),
        (r"\boxed{2/4}", "1/2", True),
        (r"\boxed{2 Hours 5 minutes}", "2 hours 5 minutes", True),
        (r"\boxed{12", "12", False),
        ("12", "12", False),
        (r"\boxed{-3}", "3", False),
        (r"\boxed{1/0}", "1/0", True),
    ],
)
def test_verify(text: str, answer: str, right: bool) -> None:
    assert is_right(text, answer) is right
    assert normal(" 7. ") == "7"
