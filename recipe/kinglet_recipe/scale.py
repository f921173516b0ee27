"""How much of everything: the full recipe, and a toy of it whose stages take seconds."""

from dataclasses import dataclass

from .training import Phase


@dataclass(frozen=True)
class Scale:
    """Sizes of models are (width, layers, heads, KV heads, head size, hidden)."""

    problems: int
    vocabulary: int
    small: tuple[int, int, int, int, int, int]
    full: tuple[int, int, int, int, int, int]
    # Leave-one-out: tokens of each run, problems in each probe and of each source that are scored.
    leave_out: Phase
    probe: int
    scored: int
    # The comparison of mixes.
    compared: Phase
    seeds: tuple[int, ...]
    # The model itself.
    pretrain: Phase
    candidates: int
    midtrain: Phase
    long: Phase
    format: Phase
    think: Phase
    chats: int
    compile_graph: bool = True
    # Problems of each test set, and tokens of an answer.
    test_limit: int | None = None
    answer_tokens: int = 512


# RoPE's base; it is scaled by 8 for a context of 2,048, as the paper does from 4k to 32k.
THETA, LONG_THETA = 10_000.0, 80_000.0
SHORT, LONG = 256, 2048

# Steps are small, 2,048 tokens, though larger ones are computed faster: they bring more for each token. With 8,192,
# 4,096 and 2,048 tokens a step, 1.2 million tokens took five million parameters to 1.31, 1.17 and 1.10 nats, at 6,900,
# 6,300 and 5,100 tokens/s on two cores.
FULL = Scale(
    problems=460_000,
    vocabulary=2048,
    small=(128, 5, 4, 2, 32, 384),
    full=(256, 6, 8, 2, 32, 768),
    leave_out=Phase("leave-out", 1_500_000, 8, SHORT, 1.2e-2, last=0.0),
    probe=96,
    scored=160,
    compared=Phase("compared", 4_000_000, 8, SHORT, 1.2e-2, last=0.0),
    seeds=(1, 2, 3),
    pretrain=Phase("pretrain", 11_000_000, 8, SHORT, 1.2e-2),
    candidates=20_000,
    midtrain=Phase("midtrain", 3_000_000, 8, SHORT, 4e-3, warmup=0.02, last=0.0),
    long=Phase("long", 1_000_000, 2, LONG, 2e-3, warmup=0.1, last=0.0),
    format=Phase("format", 800_000, 8, SHORT, 2e-3, warmup=0.03, last=0.0, decay=0.0),
    think=Phase("think", 11_500_000, 8, SHORT, 5e-3, warmup=0.04, last=0.0, decay=0.0),
    chats=130_000,
)

TOY = Scale(
    problems=1_500,
    vocabulary=512,
    small=(32, 1, 2, 1, 16, 64),
    full=(64, 2, 2, 1, 32, 128),
    leave_out=Phase("leave-out", 4_096, 4, 128, 1e-2, last=0.0),
    probe=4,
    scored=4,
    compared=Phase("compared", 4_096, 4, 128, 1e-2, last=0.0),
    seeds=(1,),
    pretrain=Phase("pretrain", 16_384, 4, 128, 1e-2),
    candidates=60,
    midtrain=Phase("midtrain", 8_192, 4, 128, 4e-3, last=0.0),
    long=Phase("long", 8_192, 2, 512, 2e-3, last=0.0),
    format=Phase("format", 4_096, 4, 128, 2e-3, last=0.0, decay=0.0),
    think=Phase("think", 8_192, 4, 128, 2e-3, last=0.0, decay=0.0),
    chats=200,
    compile_graph=False,
    test_limit=3,
    answer_tokens=40,
)

SCALES = {"full": FULL, "toy": TOY}
