"""The decoder is transformers' to the bit that matters, and training goes on after a kill as if there had been none."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch isn't installed: script/test-nano installs it")

from kinglet_recipe import corpus, documents, influence, tokenizer
from kinglet_recipe.corpus import IGNORED, Encoded, Mix
from kinglet_recipe.export import export
from kinglet_recipe.model import Decoder, Shape, attend
from kinglet_recipe.muon import Muon
from kinglet_recipe.sources import talk
from kinglet_recipe.training import Phase, load_model, run_phase, with_context

TEXTS = [
    "What is 12 + 7?",
    "12+7: 2+7=9, 1+0=1, so 19",
    "The answer is \\boxed{19}.",
    "Ann has 3 pens. How many?\n",
] * 50


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save(tokenizer.train(TEXTS, 320), folder)
    return folder


def shape(**changes) -> Shape:
    sizes = {
        "vocab": 320,
        "width": 48,
        "layers": 2,
        "heads": 4,
        "kv_heads": 2,
        "head_size": 16,
        "hidden": 96,
        "context": 64,
    }
    return Shape(**{**sizes, **changes})


def test_logits_are_those_of_transformers(made, tmp_path) -> None:
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    model = with_context(Decoder(shape()), 80_000.0, 128)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(3).add_(torch.randn_like(p), alpha=0.05)
    export(model, made, tmp_path, "float32")
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    ids = torch.randint(0, 320, (2, 128))
    with torch.no_grad():
        assert (model(ids) - theirs(ids).logits).abs().max() < 1e-4
    assert type(theirs).__name__ == "Llama4ForCausalLM"


def test_attention_written_out_is_pytorchs() -> None:
    q, k, v = torch.randn(3, 2, 3, 40, 16)
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    assert torch.allclose(attend(q, k, v), expected, atol=1e-5)


def test_every_digit_is_a_token(made) -> None:
    loaded = tokenizer.load(made)
    assert [loaded.decode([i]) for i in loaded.encode("1234", add_special_tokens=False).ids] == list("1234")
    assert not [t for t in loaded.get_vocab() if sum(c.isdigit() for c in t) > 1]
    for text in ("héllo ∑ 🙂", "a\r\n\tb", "<|eot_id|>"):
        assert loaded.decode(loaded.encode(text).ids[1:], skip_special_tokens=False) == text


def test_chat_is_what_the_template_makes(made) -> None:
    """What is learnt from is, token by token, what a chat client will send, followed by the answer."""
    import random

    from transformers import AutoTokenizer

    theirs, ours = AutoTokenizer.from_pretrained(made), tokenizer.load(made)
    problems = [next(talk.generate(random.Random(i), False)) for i in range(40)]
    seen_system = seen_history = 0
    for i, problem in enumerate(problems):
        history = problems[i - 2 : i] if i % 3 == 2 else []
        prompt, answer = documents.chat(problem, history, random.Random(i))
        system = "system" in prompt[0].split("user")[0]
        messages = [{"role": "system", "content": prompt[0].split("\n\n")[1].split("<|")[0]}] if system else []
        for turn in history:
            messages += [{"role": "user", "content": turn.question}]
            messages += [{"role": "assistant", "content": f"<think>\n{turn.thought}\n</think>\n{turn.final()}"}]
        messages += [{"role": "user", "content": problem.question}]
        expected = theirs.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        assert prompt == (expected, False)
        assert answer[1] and answer[0].endswith("<|eot_id|>") and "</think>" in answer[0]
        assert (
            ours.encode(prompt[0], add_special_tokens=False).ids
            == theirs(expected, add_special_tokens=False)["input_ids"]
        )
        seen_system, seen_history = seen_system + system, seen_history + bool(history)
    assert seen_system and seen_history


def encoded(made) -> dict[str, Encoded]:
    loaded = tokenizer.load(made)
    return {
        "a": corpus.encode(
            loaded, [[(f"question {i}\n", False), (f"{i}+1={i + 1}<|end_of_text|>", True)] for i in range(60)]
        ),
        "b": corpus.encode(loaded, [[(f"the word {i} is long enough<|end_of_text|>", True)] for i in range(30)]),
    }


def test_rows_learn_what_is_marked(made) -> None:
    mix = Mix(encoded(made), {"a": 0.5, "b": 0.5}, 48, 1)
    ids, targets = next(mix.batches(6))
    assert ids.shape == targets.shape == (6, 48)
    counted = targets[:, :-1] != IGNORED
    assert (targets[:, :-1][counted] == ids[:, 1:][counted]).all() and counted.any() and not counted.all()


def test_a_mix_goes_on_where_it_was(made) -> None:
    sources, weights = encoded(made), {"a": 0.7, "b": 0.3}
    one = Mix(sources, weights, 32, 1)
    for _ in range(9):
        one.row()
    state = json.loads(json.dumps(one.state()))
    other = Mix(sources, weights, 32, 1)
    other.restore(state)
    assert all((one.row()[0] == other.row()[0]).all() for _ in range(20))
    assert one.epochs()["b"] > 0.5


def test_weights_are_shares_of_tokens(made) -> None:
    sources = encoded(made)
    mix = Mix(sources, {"a": 0.8, "b": 0.2}, 64, 3)
    for _ in range(300):
        mix.row()
    drawn = {n: mix.position[n] * len(s.ids) / len(s) for n, s in sources.items()}
    assert abs(drawn["a"] / sum(drawn.values()) - 0.8) < 0.05


def test_killed_training_ends_the_same(made, tmp_path, monkeypatch) -> None:
    from kinglet_recipe import training

    phase = Phase("p", 4 * 32 * 12, 4, 32, 1e-2)

    def start() -> Decoder:
        torch.manual_seed(4)
        return Decoder(shape(context=32))

    def mix() -> Mix:
        return Mix(encoded(made), {"a": 0.5, "b": 0.5}, 32, 2)

    whole = load_model(run_phase(phase, start, mix(), tmp_path / "whole", compile_graph=False, say=lambda _: None))

    class KilledError(Exception):
        pass

    monkeypatch.setattr(training, "_SAVE_EVERY_S", 0.0)
    count = 0
    saver = training.save_atomically

    def kill_after_five(state, path) -> None:
        nonlocal count
        saver(state, path)
        count += 1
        if count == 5:
            raise KilledError

    monkeypatch.setattr(training, "save_atomically", kill_after_five)
    with pytest.raises(KilledError):
        run_phase(phase, start, mix(), tmp_path / "cut", compile_graph=False, say=lambda _: None)
    assert (tmp_path / "cut" / "p.running.pt").exists()
    said = []
    resumed = load_model(run_phase(phase, start, mix(), tmp_path / "cut", compile_graph=False, say=said.append))
    assert "goes on at step 5 of 12" in said[0]
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not (tmp_path / "cut" / "p.running.pt").exists()


def test_influence_is_the_dot_product_of_gradients(made) -> None:
    torch.manual_seed(5)
    model = Decoder(shape()).double()
    source = encoded(made)["a"]
    probe, some = [source.document(i) for i in range(8)], [source.document(i) for i in range(10, 16)]
    before = [p.detach().clone() for p in model.parameters()]
    direction = influence.probe_direction(model, probe)
    assert abs(sum(float((d.double() ** 2).sum()) for d in direction) - 1) < 1e-5
    found = influence.influence(model, some, [d.double() for d in direction])
    for document, value in zip(some, found.tolist(), strict=True):
        inputs, targets = influence.padded([document], 64)
        model.zero_grad()
        torch.nn.functional.cross_entropy(
            model(inputs).flatten(0, 1), targets.flatten(), ignore_index=IGNORED
        ).backward()
        exact = sum(float((p.grad * d).sum()) for p, d in zip(model.parameters(), direction, strict=True))
        assert abs(value - exact) < 1e-3 * max(1.0, abs(exact))
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(before, model.parameters(), strict=True))


def test_the_mix_is_the_closed_form() -> None:
    scores = {"a": torch.tensor([1.0, 3.0]), "b": torch.tensor([1.0, 1.0]), "c": torch.tensor([-5.0, 1.0])}
    lengths = {name: torch.tensor([10.0, 20.0]) for name in scores}
    mix = influence.mix_of(scores, lengths)
    assert np.isclose(mix["a"], 35 / 50) and np.isclose(mix["b"], 15 / 50) and mix["c"] == 0


@pytest.mark.parametrize("sizes", [(8, 8), (5, 12), (12, 5)])
def test_muon_steps_are_nearly_orthogonal(sizes) -> None:
    torch.manual_seed(1)
    p, q = (torch.nn.Parameter(torch.randn(sizes)) for _ in range(2))
    before = p.detach().clone()
    p.grad, q.grad = torch.randn(sizes), torch.zeros(sizes)
    optimizer = Muon([p, q], weight_decay=0.5, momentum=0.9, dtype=torch.float32)
    optimizer.param_groups[0]["lr"] = 0.1
    optimizer.step()
    moved = (before * (1 - 0.1 * 0.5) - p.detach()) / (0.1 * 0.2 * max(sizes) ** 0.5)
    singular = torch.linalg.svdvals(moved)
    assert singular.min() > 0.4 and singular.max() < 1.3
    assert torch.sign((moved * p.grad).sum()) == 1, "downhill"
    assert torch.isfinite(q).all(), "no gradient is no direction"


def test_muon_remembers() -> None:
    """A step after another differs from the same step alone, and by as much after its state was kept."""
    torch.manual_seed(2)
    start, first, second = torch.randn(4, 6), torch.randn(4, 6), torch.randn(4, 6)

    def stepped(gradients, state=None):
        p = torch.nn.Parameter(start.clone())
        optimizer = Muon([p], weight_decay=0.0, momentum=0.9, dtype=torch.float32)
        if state:
            optimizer.load_state_dict(state)
        optimizer.param_groups[0]["lr"] = 0.1
        for gradient in gradients:
            p.grad = gradient.clone()
            optimizer.step()
        return p.detach(), optimizer.state_dict()

    after_first, state = stepped([first])
    both, _ = stepped([first, second])
    alone, _ = stepped([second])
    resumed, _ = stepped([second], state)
    assert torch.allclose(both - after_first, resumed - start, atol=1e-6)
    assert not torch.allclose(alone - start, resumed - start, atol=1e-3)
