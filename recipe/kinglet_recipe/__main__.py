"""`python -m kinglet_recipe STAGE`: one stage of the recipe, or `all`."""

import argparse
import sys
from pathlib import Path

from .scale import SCALES, Scale

STAGES = ("curate", "weigh", "compare", "train", "measure")


def run(stage: str, work: Path, scale: Scale) -> None:
    """One stage; those that it builds on are made where they are missing."""
    from . import compare, curate, growth, measure, nano, plots, text, weigh

    def curated() -> None:
        if not (work / "curated" / "report.json").exists():
            curate.curate(work, scale.problems)
        text.make_tokenizer(work, scale)

    curated()
    if stage == "curate":
        return
    if stage == "weigh":
        weigh.weigh(work, scale)
        return
    mix = weigh.mix(work, scale)
    if stage == "compare":
        compare.compare(work, scale, mix)
    if stage in ("train", "measure"):
        folder = nano.train(work, scale, mix)
        if stage == "measure":
            measure.measure(work, folder, scale)
            plots.draw(work / "plots", compare.compare(work, scale, mix), growth.growth(work, scale))


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/train-nano", description=__doc__)
    parser.add_argument("stage", choices=[*STAGES, "all"])
    parser.add_argument(
        "--work", type=Path, required=True, help="folder of all that is made; a later call goes on there"
    )
    parser.add_argument("--toy", action="store_true", help="a toy of each stage, which takes seconds")
    arguments = parser.parse_args()
    scale = SCALES["toy" if arguments.toy else "full"]
    for stage in STAGES if arguments.stage == "all" else (arguments.stage,):
        print(f"==> {stage}", flush=True)
        run(stage, arguments.work.resolve(), scale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
