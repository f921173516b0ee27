"""The same chats answered by transformers, greedily: what Kinglet's answers are compared with."""

from pathlib import Path

import torch

from .verify import is_right

_BATCH = 64


def transformers_answers(folder: Path, entries: list[dict], max_tokens: int) -> list[dict]:
    """Greedy answers in float32, with the thought apart, and whether they are right; null where nothing is."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.padding_side = "left"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    results: dict[int, dict] = {}
    order = sorted(range(len(entries)), key=lambda i: len(entries[i]["question"]))
    for start in range(0, len(order), _BATCH):
        chosen = order[start : start + _BATCH]
        prompts = [
            tokenizer.apply_chat_template(
                [{"role": "user", "content": entries[i]["question"]}], tokenize=False, add_generation_prompt=True
            )
            for i in chosen
        ]
        batch = tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.no_grad():
            made = model.generate(
                **batch,
                max_new_tokens=max_tokens,
                do_sample=False,
                temperature=None,
                top_p=None,
                pad_token_id=tokenizer.pad_token_id,
            )
        for i, ids in zip(chosen, made[:, batch["input_ids"].shape[1] :].tolist(), strict=True):
            text = tokenizer.decode(ids, skip_special_tokens=True)
            thought, _, final = text.partition("</think>")
            gold = entries[i]["answer"].rpartition("#### ")[2].strip()
            right = is_right(final, gold) if gold else None
            results[i] = {"text": final.strip(), "thought": thought.strip(), "right": right}
    return [results[i] for i in range(len(entries))]
