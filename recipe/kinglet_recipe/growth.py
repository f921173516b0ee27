"""How accuracy grows with tokens, and with the parameters: the base model's held-out accuracy along pretraining."""

import json
from pathlib import Path

from .compare import plain_scores
from .export import export
from .nano import KEPT_AT
from .scale import Scale
from .training import load_model, with_context


def growth(work: Path, scale: Scale) -> dict[str, dict[str, float]]:
    """[tokens][set] of accuracy on plain documents, of every checkpoint that pretraining kept and of its end."""
    path = work / "measure" / "growth.json"
    if path.exists():
        return json.loads(path.read_text())
    table: dict[str, dict[str, float]] = {}
    for share in (*KEPT_AT, 1.0):
        end = work / "nano" / ("pretrain.pt" if share == 1.0 else f"pretrain.at-{share}.pt")
        base = load_model(end)
        folder = work / "measure" / "growth" / end.stem
        export(with_context(base, base.shape.theta, 512), work / "tokenizer", folder, "float32")
        table[str(round(share * scale.pretrain.tokens))] = plain_scores(work, scale, folder)
        print(f"growth: {share:.3f} of pretraining: {table[str(round(share * scale.pretrain.tokens))]}", flush=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(table, indent=2) + "\n")
    return table
