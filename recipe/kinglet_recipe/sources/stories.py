"""Word problems of one to four steps, from the templates in `templates/`.

A template is a line `a=2..9 b=3..8 where a>b | text`; its structure, the operations that solve it, stands in the
heading above it: `## name: d = a + b; e = d * 2`.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ..held_out import is_for_tests
from ..problem import Problem
from ..words import DAYS, KINDS, PRONOUNS, TEMPLATES, noun, people
from ..working import Working

# By number of steps: the file whose templates are for training and tests, then those for training alone.
FILES = {
    1: ("one_step.txt", "one_step_more.txt", "one_step_varied.txt"),
    2: (
        "two_step.txt",
        "two_step_home.txt",
        "two_step_money.txt",
        "two_step_measures.txt",
        "two_step_school.txt",
        "two_step_nature.txt",
        "two_step_work.txt",
        "two_step_short.txt",
    ),
    3: ("three_step.txt", "three_step_more.txt", "three_step_varied.txt"),
    4: ("four_step.txt",),
}
# Of these structures no template at all is trained on.
UNSEEN_STRUCTURES = {"sub_add", "share_rest"}
_TESTS_ONE_IN = 4
# Words in a row that no template for training may share with one for tests.
_RUN = 8
_NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_STEP = re.compile(r"(\w) = (\w+) ([-+*/]) (\w+)")


@dataclass(frozen=True)
class Template:
    structure: str
    steps: tuple[tuple[str, str, str, str], ...]
    ranges: tuple[tuple[str, int, int], ...]
    where: str
    text: str
    for_tests: bool


class TemplateError(ValueError):
    """A template file that can't be read: says which line and why."""


def _steps(text: str, where: str) -> tuple[tuple[str, str, str, str], ...]:
    found = []
    for part in text.split(";"):
        match = _STEP.fullmatch(part.strip())
        if not match:
            raise TemplateError(f"{where}: '{part.strip()}' is no step such as 'd = a + b'")
        found.append(match.groups())
    return tuple(found)


def _template(line: str, structure: str, steps: tuple, where: str) -> Template:
    head, bar, text = line.partition(" | ")
    if not bar:
        raise TemplateError(f"{where}: ' | ' is missing between ranges and text")
    ranges, _, condition = head.partition(" where ")
    parsed = []
    for part in ranges.split():
        match = re.fullmatch(r"([a-z])=(\d+)\.\.(\d+)", part)
        if not match or int(match[2]) > int(match[3]):
            raise TemplateError(f"{where}: '{part}' is no range such as a=2..9")
        parsed.append((match[1], int(match[2]), int(match[3])))
    free = {name for name, _, _ in parsed}
    needed = {x for _, a, _, b in steps for x in (a, b) if x.isalpha()} - {step[0] for step in steps}
    if free != needed:
        raise TemplateError(f"{where}: has ranges for {sorted(free)}, its steps need {sorted(needed)}")
    for name in free:
        if text.count("{" + name + "}") < 1:
            raise TemplateError(f"{where}: the text has no {{{name}}}")
    return Template(structure, steps, tuple(parsed), condition, text.strip(), for_tests=False)


def _read(path: Path) -> Iterator[Template]:
    structure, steps = "", ()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path.name}:{number}"
        if line.startswith("## "):
            structure, _, text = line[3:].partition(":")
            steps = _steps(text, where)
        elif line.strip():
            yield _template(line, structure, steps, where)


@cache
def _with_tests(step_count: int) -> tuple[Template, ...]:
    """The templates of the file from which the tests are taken."""
    return tuple(
        replace(t, for_tests=t.structure in UNSEEN_STRUCTURES or is_for_tests(t.text, _TESTS_ONE_IN))
        for t in _read(TEMPLATES / FILES[step_count][0])
    )


def runs(text: str) -> set[tuple[str, ...]]:
    """All runs of _RUN words of a template, its slots and choices counted as words alike."""
    words = re.findall(r"[a-z]+|#", re.sub(r"\$?\{\w+\}|\[[^\[\]]*\]", "#", text.lower()))
    return {tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}


@cache
def tested_runs() -> frozenset[tuple[str, ...]]:
    """The runs of all templates of the tests."""
    return frozenset(run for count in FILES for t in _with_tests(count) if t.for_tests for run in runs(t.text))


@cache
def templates(step_count: int) -> tuple[Template, ...]:
    """All templates of so many steps; no text twice, and none for training that has a run of a test's."""
    found = [t for t in _with_tests(step_count) if t.for_tests or not runs(t.text) & tested_runs()]
    others = FILES[step_count][1:]
    known = {t.text for t in found}
    for name in others:
        for template in _read(TEMPLATES / name):
            if template.structure in UNSEEN_STRUCTURES:
                raise TemplateError(f"{name}: '{template.structure}' is a structure of the tests alone")
            if template.text not in known and not runs(template.text) & tested_runs():
                known.add(template.text)
                found.append(template)
    return tuple(found)


def _draw(rng: random.Random, template: Template) -> dict[str, int]:
    """Numbers with which every step is a whole number of at least 1."""
    for _ in range(5000):
        values = {name: rng.randint(low, high) for name, low, high in template.ranges}
        if template.where and not _holds(template.where, values):
            continue
        if _results(template.steps, values):
            return values
    raise TemplateError(f"no numbers fit the template '{template.text}'")


def _holds(condition: str, values: dict[str, int]) -> bool:
    for part in re.split(r" and |, ?", condition):
        match = re.fullmatch(r"(\w+) ?(<=|>=|<|>|!=) ?(\w+)", part.strip())
        if not match:
            raise TemplateError(f"'{part}' is no condition such as a>b")
        x, y = (values[t] if t.isalpha() else int(t) for t in (match[1], match[3]))
        if not {"<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y, "!=": x != y}[match[2]]:
            return False
    return True


def _results(steps: tuple, values: dict[str, int]) -> bool:
    """Adds the results of the steps to `values`; false where one is no whole number of at least 1, or where a
    division would need the multiples of a number that isn't practised."""
    for name, left, sign, right in steps:
        a, b = (values[t] if t.isalpha() else int(t) for t in (left, right))
        if sign == "/" and (b == 0 or a % b or (b > 12 and b % 10)):
            return False
        values[name] = a + b if sign == "+" else a - b if sign == "-" else a * b if sign == "*" else a // b
        if values[name] < 1:
            return False
    return True


def _say(rng: random.Random, template: Template, values: dict[str, int]) -> str:
    text = re.sub(r"\[([^\[\]]*)\]", lambda m: rng.choice(m[1].split("|")), template.text)
    slots = {"day": rng.choice(DAYS)}
    for letter, (name, pronoun) in zip("NMK", people(rng, 3), strict=True):
        slots[letter] = name
        suffix = {"N": "", "M": "2", "K": "3"}[letter]
        for key, word in zip(("he", "his", "him"), PRONOUNS[pronoun], strict=True):
            slots[key + suffix], slots[key.capitalize() + suffix] = word, word.capitalize()
    for plural, singular in KINDS.items():
        slots[singular], slots[plural] = noun(rng, plural)
    as_words = rng.random() < 0.08
    for name, _, _ in template.ranges:
        value = values[name]
        slots[name] = (
            _NUMBER_WORDS[value] if as_words and value <= 12 else f"{value:,}" if value >= 1000 else str(value)
        )
    text = re.sub(r"\$\{(\w)\}", lambda m: f"${values[m[1]]}", text)
    text = re.sub(r"\{(\w+)\}", lambda m: slots[m[1]], text)
    text = re.sub(r"(^|[.?!] )([a-z])", lambda m: m[1] + m[2].upper(), text)
    text = re.sub(r"\b([Aa]) (?=(?!uni|us[ei]|one|eu)[aeiou]|8|11\b|18\b)", r"\1n ", text)
    text = re.sub(r"\b([Aa])n (?=[bcdfgjklmnpqrstvwxz])", r"\1 ", text)
    return re.sub(r" +([,.?!])", r"\1", re.sub(r"  +", " ", text)).strip()


def instance(rng: random.Random, template: Template, step_count: int) -> Problem:
    values = _draw(rng, template)
    working = Working()
    for name, left, sign, right in template.steps:
        a, b = (values[t] if t.isalpha() else int(t) for t in (left, right))
        if sign == "/":
            values[name], _ = working.div(a, b)
        else:
            values[name] = {"+": working.add, "-": working.sub, "*": working.mul}[sign](a, b)
    return Problem(
        source="stories",
        skill=f"stories of {step_count}",
        question=_say(rng, template, values),
        thought=working.text(),
        answer=str(values[template.steps[-1][0]]),
        template=template.text,
        structure=template.structure,
        pairs=working.pairs,
        steps=step_count,
    )


SHARES = {1: 0.2, 2: 0.45, 3: 0.2, 4: 0.15}


def generate(rng: random.Random, for_tests: bool, step_count: int | None = None) -> Iterator[Problem]:
    """Endless problems; each structure alike, then each of its templates."""
    pools: dict[int, dict[str, list[Template]]] = {}
    for count in [step_count] if step_count else SHARES:
        for template in templates(count):
            if template.for_tests == for_tests:
                pools.setdefault(count, {}).setdefault(template.structure, []).append(template)
    while True:
        count = rng.choices(list(pools), [SHARES[c] for c in pools])[0]
        structure = rng.choice(list(pools[count]))
        yield instance(rng, rng.choice(pools[count][structure]), count)
