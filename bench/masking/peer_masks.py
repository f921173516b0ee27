"""Masks by llguidance: cases as JSON lines on stdin, a result for each on stdout."""
import importlib.metadata
import json
import sys
import time

import llguidance

tokenizer_file, end = sys.argv[1], int(sys.argv[2])
tokenizer = llguidance.LLTokenizer(tokenizer_file, eos_token=end)
mask_bytes = (tokenizer.vocab_size + 31) // 32 * 4
mask = bytearray(mask_bytes)
address = (__import__("ctypes").c_char * mask_bytes).from_buffer(mask)
pointer = __import__("ctypes").addressof(address)
clock = time.perf_counter


def follow(matcher, tokens, times):
    for i, token in enumerate(tokens):
        begun = clock()
        matcher.unsafe_compute_mask_ptr(pointer, mask_bytes)
        times.append((clock() - begun) * 1e6)
        if not mask[token >> 3] >> (token & 7) & 1:
            return False, i
        if i + 1 < len(tokens) and not matcher.consume_token(token):
            return False, i
    return True, len(tokens)


def run(case):
    result = {"name": case["name"], "outcome": "passing", "why": "", "maskUs": [], "warmUs": []}
    begun = clock()
    try:
        grammar = llguidance.LLMatcher.grammar_from_json_schema(case["schema"])
        matcher = llguidance.LLMatcher(tokenizer, grammar)
        error = matcher.get_error()
    except Exception as problem:
        error = str(problem)
    result["compileUs"] = (clock() - begun) * 1e6
    if error:
        return {**result, "outcome": "compile", "why": error[:200]}
    for i, instance in enumerate(case["instances"]):
        matcher = llguidance.LLMatcher(tokenizer, grammar)
        whole, at = follow(matcher, instance["tokens"], result["maskUs"])
        if matcher.is_error():
            return {**result, "outcome": "crash", "why": matcher.get_error()[:200]}
        if whole == instance["valid"]:
            continue
        outcome = "validation" if instance["valid"] else "invalidation"
        if result["outcome"] != "validation":
            result["outcome"] = outcome
        result["why"] = result["why"] or f"instance {i}, token {at}"
    return result


print(json.dumps(importlib.metadata.version("llguidance")))
for line in sys.stdin:
    print(json.dumps(run(json.loads(line))))
