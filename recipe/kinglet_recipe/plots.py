"""The report's two plots, as SVG."""

from pathlib import Path
from statistics import mean, stdev

_GROUPS = {
    "whole numbers": ("addition", "subtraction", "multiplication", "division"),
    "measures": ("measures",),
    "algebra": ("algebra",),
    "stories": ("stories-1", "stories-2", "stories-3", "stories-4"),
    "programs": ("programs",),
}


def _grouped(scores: dict[str, float]) -> dict[str, float]:
    return {group: 100 * mean(scores[name] for name in names) for group, names in _GROUPS.items()}


def draw(folder: Path, compared: dict[str, list[dict[str, float]]], growth: dict[str, dict[str, float]]) -> None:
    """`mixes.svg`: accuracy of the three mixes, with the deviation over seeds; `growth.svg`: along pretraining."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "kinglet"  # the same file for the same figures
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    figure, axes = pyplot.subplots(figsize=(7, 3.2))
    for number, (name, runs) in enumerate(compared.items()):
        rows = [_grouped(run) for run in runs]
        heights = [mean(row[group] for row in rows) for group in _GROUPS]
        errors = [stdev([row[group] for row in rows]) if len(rows) > 1 else 0 for group in _GROUPS]
        places = [index + 0.27 * (number - 1) for index in range(len(_GROUPS))]
        axes.bar(places, heights, 0.25, yerr=errors, label=name, capsize=3)
    axes.set_xticks(range(len(_GROUPS)), list(_GROUPS))
    axes.set_ylabel("accuracy, %")
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / "mixes.svg", metadata={"Date": None})

    figure, axes = pyplot.subplots(figsize=(7, 3.2))
    tokens = [int(count) / 1e6 for count in growth]
    for group in _GROUPS:
        axes.plot(tokens, [_grouped(scores)[group] for scores in growth.values()], marker="o", label=group)
    axes.set_xlabel("tokens of pretraining, millions")
    axes.set_ylabel("accuracy, %")
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / "growth.svg", metadata={"Date": None})
