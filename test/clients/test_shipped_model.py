"""kinglet-nano, which ships with Kinglet: its tokenizer in transformers, and what it answers."""
import openai
import pytest
from transformers import AutoTokenizer

from conftest import REPOSITORY, start

FOLDER = REPOSITORY / "models/kinglet-nano"
TEXTS = [
    "What is 12 + 30?", "1234567890", "3.75 * 12 = 45", "", " ", "\n\n  two  spaces\tand a tab", "don't, it's \\boxed{7}",
    "naïve café, 北京, 🦜", "<|eot_id|> and <think> in a text", "a" * 300]


@pytest.fixture(scope="module")
def nano():
    with start() as server:
        server.model = "kinglet-nano"
        yield server


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(FOLDER)


def test_tokenizer(nano, tokenizer):
    for text in TEXTS:
        ids = nano.post("/tokenize", {"prompt": text})["tokens"]
        assert ids == tokenizer(text)["input_ids"], text
        assert nano.post("/detokenize", {"tokens": ids})["prompt"] == tokenizer.decode(ids)
    assert len(tokenizer("90817", add_special_tokens=False)["input_ids"]) == 5, "every digit is a token of its own"


def test_chat_template(nano, tokenizer):
    chats = [
        [{"role": "user", "content": "What is 5 + 6?"}],
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": " Hi "}],
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"},
         {"role": "user", "content": "What is 2 * 3?"}],
    ]
    for messages in chats:
        expected = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)["input_ids"]
        assert nano.post("/tokenize", {"messages": messages})["tokens"] == expected


@pytest.mark.parametrize("question, answer", [
    ("A train leaves at 9:15 and arrives at 11:40. How long is the journey?", "2 hours 25 minutes"),
    ("A bus leaves at 14:05 and arrives at 15:30. How long is the ride?", "1 hour 25 minutes"),
    ("Mia has 12 apples. She buys 7 more and then gives 5 to Tom. How many apples does Mia have now?", "14"),
])
def test_questions(nano, question, answer):
    client = openai.OpenAI(base_url=nano.base_url, api_key=nano.api_key, max_retries=0)
    choice = client.chat.completions.create(
        model=nano.model, messages=[{"role": "user", "content": question}], temperature=0).choices[0]
    assert choice.finish_reason == "stop"
    assert f"\\boxed{{{answer}}}" in choice.message.content
    assert choice.message.reasoning_content
