"""A small agent in two steps by each client: the model calls a tool, the tool's result makes the answer."""
import json

import openai
import pytest
from pydantic import BaseModel, Field

from conftest import CACHE, HERE, install_script, need, run_client
from recorder import recorder

QUESTION = "What is the weather in Paris?"
RESULT = "It is raining, at 11 C."
SETTINGS = {"temperature": 0, "max_tokens": 100, "parallel_tool_calls": False}


class Weather(BaseModel):
    """Weather of a city."""

    city: str = Field(max_length=40)
    days: int


class Steps:
    """What a client asks the server, and the checks of an agent's two steps."""

    def __init__(self, server, base_url, asked):
        self.server = server
        self.model = server.model
        self.base_url = base_url
        self.asked = asked
        self.openai = openai.OpenAI(base_url=base_url, api_key=server.api_key, max_retries=0)

    def given(self):
        """For clients in other processes."""
        return json.dumps({
            "baseURL": self.base_url, "apiKey": self.server.api_key, "model": self.model,
            "question": QUESTION, "result": RESULT})

    def answer_of(self, body):
        """What the server says to the same request without any client."""
        whole = {name: value for name, value in body.items() if name not in ("stream", "stream_options")}
        return self.server.post("/v1/chat/completions", whole)["choices"][0]

    def check(self, answer, asked=None):
        """
        That two requests are the two steps, and that the answer is the one to the second of them. Returns
        the arguments of the call between them.
        """
        first, second = self.asked if asked is None else asked
        for body in (first, second):
            assert [tool["function"]["name"] for tool in body["tools"]] == ["weather"]
        assert first.get("tool_choice") in ("required", {"type": "function", "function": {"name": "weather"}})
        assert second.get("tool_choice", "auto") == "auto"
        assert len(second["messages"]) == len(first["messages"]) + 2
        *_, called, result = second["messages"]
        [call] = called["tool_calls"]
        assert call["function"]["name"] == "weather"
        arguments = Weather.model_validate_json(call["function"]["arguments"])
        forced = self.answer_of(first)
        assert forced["finish_reason"] == "tool_calls"
        assert arguments == Weather.model_validate_json(forced["message"]["tool_calls"][0]["function"]["arguments"])
        assert result["role"] == "tool" and result["content"] == RESULT
        assert result["tool_call_id"] == call["id"]
        last = self.answer_of(second)
        assert last["finish_reason"] == "stop" and "tool_calls" not in last["message"]
        assert last["message"]["content"] == answer and "11 C" in answer
        return arguments


@pytest.fixture
def steps(server):
    with recorder(server.target) as (base_url, asked):
        yield Steps(server, base_url, asked)


@pytest.mark.parametrize("streamed", [False, True])
def test_openai(steps, streamed):
    request = {
        "model": steps.model, **SETTINGS, "tools": [openai.pydantic_function_tool(Weather, name="weather")]}

    def ask(**more):
        if not streamed:
            return steps.openai.chat.completions.parse(**request, **more).choices[0]
        with steps.openai.chat.completions.stream(**request, **more) as stream:
            kinds = [event.type for event in stream]
            wanted = "content.done" if "tool_choice" not in more else "tool_calls.function.arguments.done"
            assert wanted in kinds
            return stream.get_final_completion().choices[0]
    messages = [{"role": "user", "content": QUESTION}]
    first = ask(messages=messages, tool_choice="required")
    assert first.finish_reason == "tool_calls"
    [call] = first.message.tool_calls
    assert call.function.name == "weather" and isinstance(call.function.parsed_arguments, Weather)
    # The message goes back as it came, with all that the package added to it.
    last = ask(messages=[*messages, first.message, {"role": "tool", "tool_call_id": call.id, "content": RESULT}])
    assert last.finish_reason == "stop"
    assert steps.check(last.message.content) == call.function.parsed_arguments


@pytest.mark.parametrize("streamed", [False, True])
def test_langchain(steps, streamed):
    from langchain_core.messages import HumanMessage
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI
    given = []

    @tool("weather", args_schema=Weather)
    def weather(city, days):
        """The weather of a city."""
        given.append(Weather(city=city, days=days))
        return RESULT
    chat = ChatOpenAI(
        model=steps.model, base_url=steps.base_url, api_key=steps.server.api_key, temperature=0, max_tokens=100,
        max_retries=0)

    def ask(messages, **choice):
        bound = chat.bind_tools([weather], parallel_tool_calls=False, **choice)
        if not streamed:
            return bound.invoke(messages)
        first, *others = bound.stream(messages)
        return sum(others, first)
    messages = [HumanMessage(QUESTION)]
    called = ask(messages, tool_choice="weather")
    [call] = called.tool_calls
    last = ask([*messages, called, weather.invoke(call)])
    assert last.response_metadata["finish_reason"] == "stop"
    assert given == [steps.check(last.content)]


@pytest.mark.parametrize("streamed", [False, True])
def test_pydantic_ai(steps, streamed):
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider
    model = OpenAIChatModel(
        steps.model, provider=OpenAIProvider(base_url=steps.base_url, api_key=steps.server.api_key))
    agent = Agent(model, model_settings=lambda context: {
        **SETTINGS, "tool_choice": "required" if context.run_step == 1 else "auto"})
    given = []

    @agent.tool_plain
    def weather(city: str, days: int) -> str:
        """The weather of a city."""
        given.append(Weather(city=city, days=days))
        return RESULT
    if streamed:
        ran = agent.run_stream_sync(QUESTION)
        answer = ran.get_output()
    else:
        answer = agent.run_sync(QUESTION).output
    assert given == [steps.check(answer)]


def check_node(steps, client, objects):
    """The objects and both agents, whole and streamed, of a script of node/, which asked in this order."""
    installed = CACHE / "clients-node"
    need(f"{client} for JavaScript", installed / "node_modules/ai/package.json")
    heard = run_client(["node", install_script(installed, f"{client}-agent.mjs"), steps.given()])
    assert len(heard["objects"]) == objects
    assert all(Weather.model_validate(each, strict=True) for each in heard["objects"])
    *_, first, second, third, fourth = steps.asked
    assert [body.get("stream", False) for body in (first, second, third, fourth)] == [False, False, True, True]
    for agent, given, asked in zip(heard["agents"], heard["given"], ((first, second), (third, fourth)), strict=True):
        assert agent["finish"] == "stop"
        assert agent["results"] == [[RESULT], []]
        assert steps.check(agent["answer"], asked).model_dump() == given
    return heard, steps.asked[:-4]


def test_ai_sdk(steps):
    heard, asked = check_node(steps, "ai-sdk", objects=4)
    assert [body["response_format"]["type"] for body in asked] == ["json_schema"] * 3
    assert heard["objects"][0] == heard["objects"][2] == heard["objects"][3], "streamed as whole"
    assert heard["partial"] > 1
    for kind in ("tool-input-delta", "tool-call", "tool-result", "text-delta"):
        assert kind in heard["kinds"]


def test_langchain_for_javascript(steps):
    _, asked = check_node(steps, "langchain", objects=2)
    assert asked[0]["response_format"]["type"] == "json_schema" and asked[1]["tool_choice"]


def test_instructor(steps):
    python = need("Instructor", CACHE / "clients-instructor/bin/python")
    heard = run_client([python, str(HERE / "instructor/client.py"), steps.given()])
    assert list(heard["objects"]) == ["TOOLS", "TOOLS streamed", "JSON_SCHEMA", "JSON_SCHEMA streamed"]
    assert all(Weather.model_validate(each, strict=True) for each in heard["objects"].values())
    assert all(parts > 1 for parts in heard["parts"])
    *asked, refused, again, first, second = steps.asked
    assert [("tools" in body, "response_format" in body) for body in asked] == [
        (True, False), (True, False), (False, True), (False, True)]
    assert len(heard["refused"]) == 2 and heard["again"]["days"] == heard["refused"][1]
    assert again["messages"][: len(refused["messages"])] == refused["messages"]
    assert again["messages"][-1]["role"] == "tool" and "say it once more" in again["messages"][-1]["content"]
    assert heard["finish"] == "stop"
    steps.check(heard["answer"], (first, second))
