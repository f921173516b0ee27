"""The official openai package for Python, unchanged."""
import openai
import pytest
from pydantic import BaseModel, Field

from conftest import CHATS


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=server.base_url, api_key=server.api_key, max_retries=0)


def certain(chat):
    """The part of the greedy answer before the first step whose margin is below 1, as words."""
    return chat["greedy_text"] if min(chat["margins"]) >= 1 else None


def test_models(client, server):
    assert [model.id for model in client.models.list()] == [server.model]
    assert client.models.retrieve(server.model).object == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("another")


def test_chat_streaming_and_not(client, server):
    for chat in CHATS[:4]:
        request = {"model": server.model, "messages": chat["messages"], "temperature": 0, "max_tokens": 48}
        whole = client.chat.completions.create(**request)
        assert whole.usage.prompt_tokens == len(chat["prompt_ids"])
        if (text := certain(chat)) is not None:
            assert whole.choices[0].message.content == text
        pieces, usage, reasons = [], None, []
        for chunk in client.chat.completions.create(**request, stream=True, stream_options={"include_usage": True}):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                pieces.append(choice.delta.content or "")
                reasons += [choice.finish_reason] if choice.finish_reason else []
        assert "".join(pieces) == whole.choices[0].message.content
        assert usage.completion_tokens == whole.usage.completion_tokens
        assert reasons == [whole.choices[0].finish_reason]


def test_chat_logprobs_and_samples(client, server):
    answer = client.chat.completions.create(
        model=server.model, messages=[{"role": "user", "content": "Name a colour."}], n=3, seed=7,
        max_tokens=8, logprobs=True, top_logprobs=2, temperature=0.7)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    for choice in answer.choices:
        assert choice.logprobs.content
        for token in choice.logprobs.content:
            assert token.logprob <= 0 and len(token.top_logprobs) == 2


class Weather(BaseModel):
    """Weather of a city."""

    city: str = Field(max_length=40)
    days: int


class Person(BaseModel):
    name: str = Field(max_length=40)
    age: int
    visited: list[Weather] = Field(max_length=2)


def test_parsed_answers(client, server):
    asked = [{"role": "user", "content": "Tell me of a person."}]
    request = {"model": server.model, "response_format": Person, "temperature": 0, "max_tokens": 400}
    answer = client.chat.completions.parse(messages=asked, **request).choices[0]
    assert answer.finish_reason == "stop"
    assert isinstance(answer.message.parsed, Person)
    # The message goes back as it came, with what was parsed.
    another = [*asked, answer.message, {"role": "user", "content": "Tell me of another one."}]
    assert isinstance(client.chat.completions.parse(messages=another, **request).choices[0].message.parsed, Person)


def test_completions(client, server):
    answer = client.completions.create(
        model=server.model, prompt=["1 2 3 4", "a b c d"], max_tokens=4, temperature=0, echo=True, logprobs=1)
    assert len(answer.choices) == 2
    for choice in answer.choices:
        assert choice.logprobs.token_logprobs[0] is None
        assert choice.text == "".join(choice.logprobs.tokens)
    pieces = [chunk.choices[0].text for chunk in client.completions.create(
        model=server.model, prompt="1 2 3 4", max_tokens=4, temperature=0, stream=True) if chunk.choices]
    assert "".join(pieces) == answer.choices[0].text.removeprefix("1 2 3 4")


def test_errors(client, server):
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(
            model=server.model, messages=[{"role": "user", "content": "hi"}], max_tokens=100000)
    assert raised.value.code == "context_length_exceeded"
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=server.base_url, api_key="wrong", max_retries=0).models.list()


def test_responses_over_websocket(client, server):
    with client.responses.connect() as connection:
        connection.response.create(
            model=server.model, input="What is gravity?", max_output_tokens=24, temperature=0)
        events = until_finished(connection)
        assert [event.sequence_number for event in events] == list(range(len(events)))
        first = events[-1].response
        text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        assert text and text == first.output_text

        connection.response.create(
            model=server.model, input="Who discovered it?", previous_response_id=first.id, max_output_tokens=24,
            temperature=0)
        continued = until_finished(connection)[-1].response

        connection.response.create(
            model=server.model, max_output_tokens=24, temperature=0,
            input=[{"role": "user", "content": "What is gravity?"},
                   {"role": "assistant", "content": text},
                   {"role": "user", "content": "Who discovered it?"}])
        assert until_finished(connection)[-1].response.output_text == continued.output_text


def until_finished(connection):
    events = []
    for event in connection:
        events.append(event)
        assert event.type not in ("error", "response.failed"), event
        if event.type in ("response.completed", "response.incomplete"):
            return events
    raise AssertionError("the connection closed before the response was complete")
