"""Writes a tiny random checkpoint as the Hugging Face hub lays one out."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

from cases import Case

REFERENCE = Path(__file__).parent.parent / "reference" / "checkpoints" / "smollm2"
TEMPLATE = (REFERENCE / "chat_template.jinja").read_text()


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n")


def random_weights(folder: Path, case: Case, seed: int) -> dict[str, torch.Tensor]:
    """Weights of the configuration in `folder`, rounded to the case's storage; norms are not 1, nor
    biases near 0."""
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), dtype=torch.float32)
    weights = {}
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and case.config["tie_word_embeddings"]:
            continue
        if name.endswith(".bias"):
            tensor = 0.4 * torch.randn_like(tensor)
        elif tensor.dim() == 1:
            tensor = tensor + 0.2 * torch.randn_like(tensor)
        weights[name] = tensor.to(case.storage).contiguous()
    return weights


def write_config(folder: Path, case: Case) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", case.config)


def write_tokenizer(folder: Path, case: Case) -> None:
    """The reference checkpoints' tokenizer, with the template where the case wants it."""
    (folder / "tokenizer.json").write_text((REFERENCE / "tokenizer.json").read_text())
    (folder / "generation_config.json").write_text(
        (REFERENCE / "generation_config.json").read_text()
    )
    settings = json.loads((REFERENCE / "tokenizer_config.json").read_text())
    if case.template == "file":
        (folder / "chat_template.jinja").write_text(TEMPLATE)
    elif case.template == "string":
        settings["chat_template"] = TEMPLATE
    else:
        settings["chat_template"] = [
            {"name": "tool_use", "template": "{{ raise_exception('not this one') }}"},
            {"name": "default", "template": TEMPLATE},
        ]
    write_json(folder / "tokenizer_config.json", settings)


def write_weights(folder: Path, weights: dict[str, torch.Tensor], shards: int) -> None:
    """One model.safetensors, or `shards` files with an index."""
    for old in folder.glob("model*.safetensors*"):
        old.unlink()
    if shards == 1:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names = sorted(weights)
    index = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        part = names[shard * len(names) // shards : (shard + 1) * len(names) // shards]
        save_file({name: weights[name] for name in part}, folder / file, metadata={"format": "pt"})
        index.update({name: file for name in part})
    size = sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
    write_json(
        folder / "model.safetensors.index.json",
        {"metadata": {"total_size": size}, "weight_map": index},
    )
