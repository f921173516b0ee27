"""Makes test/golden/generated anew, or the cases that are named; README.md says how to run it."""

import sys
import tempfile
from pathlib import Path

import torch

import checkpoint
import expected
import gguf_model
from cases import CASES, Case

OUTPUT = Path(__file__).parent.parent / "generated"
# A fair test of any float32 engine, and one that a constant answer doesn't pass.
MIN_MARGIN = 0.02
MIN_DISTINCT = 12
MAX_SEEDS = 1000


def generate(case: Case) -> None:
    folder = OUTPUT / "gguf" if case.gguf else OUTPUT / "checkpoints" / case.name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        # A GGUF folder has no config.json; transformers still needs one.
        config_folder = Path(temporary) if case.gguf else folder
        checkpoint.write_config(config_folder, case)
        for seed in range(MAX_SEEDS):
            weights = checkpoint.random_weights(config_folder, case, seed)
            values, margin = expected.run(expected.load(config_folder, weights), seed)
            distinct = len(set(values["greedy_ids"].tolist()))
            if margin >= MIN_MARGIN and distinct >= MIN_DISTINCT:
                break
        else:
            raise RuntimeError(f"{case.name}: no seed below {MAX_SEEDS} makes a fair test")
    if case.gguf:
        gguf_model.write_gguf(folder / f"{case.name}.F16.gguf", case, weights)
        expected.write(folder / f"{case.name}.F16.expected.safetensors", values)
    else:
        checkpoint.write_tokenizer(folder, case)
        checkpoint.write_weights(folder, weights, case.shards)
        expected.write(folder / "expected.safetensors", values)
    for file in folder.iterdir():
        file.chmod(0o644)
    kind = "gguf" if case.gguf else "checkpoint"
    print(f"{kind} {case.name}: seed {seed}, margin {margin:.3f}, {distinct} different tokens")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in CASES:
        if len(sys.argv) == 1 or each.name in sys.argv[1:]:
            generate(each)
