"""Python's frameworks over the openai package, unchanged."""
import asyncio

import pytest
from pydantic import BaseModel


class Weather(BaseModel):
    """Weather of a city."""

    city: str
    days: int


def test_langchain(server, conversation):
    from langchain_core.messages import AIMessage, ToolMessage
    from langchain_openai import ChatOpenAI, OpenAI
    settings = dict(
        model=server.model, base_url=server.base_url, api_key=server.api_key, temperature=0, max_retries=0)
    chat = ChatOpenAI(**settings, max_tokens=16)
    whole = chat.invoke(conversation.messages)
    assert whole.content == conversation.answer
    assert whole.usage_metadata["output_tokens"] == 8
    pieces, usage = [], None
    for chunk in chat.stream(conversation.messages, stream_usage=True):
        pieces.append(chunk.content)
        usage = chunk.usage_metadata or usage
    assert "".join(pieces) == conversation.answer and len(pieces) > 2
    assert usage["output_tokens"] == 8
    assert chat.invoke([*conversation.messages, whole, ("user", conversation.next)]).content == conversation.continued
    completions = OpenAI(**settings, max_tokens=6)
    assert completions.invoke(conversation.prompt) == conversation.completion
    assert "".join(completions.stream(conversation.prompt)) == conversation.completion
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    told = chat.bind_tools([tool]).invoke(conversation.messages)
    assert told.usage_metadata["input_tokens"] > whole.usage_metadata["input_tokens"] + 50
    call = {"name": "f", "args": {"a": 1}, "id": "call_1", "type": "tool_call"}
    history = [*conversation.messages, AIMessage("", tool_calls=[call]), ToolMessage("2", tool_call_id="call_1")]
    assert chat.bind_tools([tool]).invoke(history).content
    longer = ChatOpenAI(**settings, max_tokens=200)
    for method in ("json_schema", "function_calling"):
        weather = longer.with_structured_output(Weather, method=method).invoke("Weather in Rome for 3 days?")
        assert isinstance(weather, Weather)


def test_litellm(server, conversation):
    import litellm
    settings = dict(api_base=server.base_url, api_key=server.api_key, temperature=0, max_tokens=16)
    for provider in ("openai", "hosted_vllm"):
        model = f"{provider}/{server.model}"
        whole = litellm.completion(model=model, messages=conversation.messages, **settings)
        message = whole.choices[0].message
        assert message.content == conversation.answer
        assert whole.usage.completion_tokens == 8
        pieces, usage = [], None
        for chunk in litellm.completion(
                model=model, messages=conversation.messages, stream=True,
                stream_options={"include_usage": True}, **settings):
            pieces += [choice.delta.content or "" for choice in chunk.choices]
            usage = getattr(chunk, "usage", None) or usage
        assert "".join(pieces) == conversation.answer
        assert usage.completion_tokens == 8
        for answer in (message, message.model_dump()):
            continued = litellm.completion(
                model=model, **settings,
                messages=[*conversation.messages, answer, {"role": "user", "content": conversation.next}])
            assert continued.choices[0].message.content == conversation.continued
        with pytest.raises(litellm.ContextWindowExceededError):
            litellm.completion(model=model, messages=conversation.messages, **{**settings, "max_tokens": 100000})
    completion = litellm.text_completion(
        model=f"text-completion-openai/{server.model}", prompt=conversation.prompt, **{**settings, "max_tokens": 6})
    assert completion.choices[0].text == conversation.completion


def test_pydantic_ai(server, conversation):
    from pydantic_ai import Agent
    from pydantic_ai.exceptions import ModelHTTPError
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider
    model = OpenAIChatModel(
        server.model, provider=OpenAIProvider(base_url=server.base_url, api_key=server.api_key))
    agent = Agent(model, model_settings={"temperature": 0, "max_tokens": 16})
    *earlier, last = conversation.messages
    history = [
        ModelRequest(parts=[UserPromptPart(message["content"])]) if message["role"] == "user"
        else ModelResponse(parts=[TextPart(message["content"])])
        for message in earlier]
    ran = agent.run_sync(last["content"], message_history=history)
    assert ran.output == conversation.answer
    assert agent.run_sync(conversation.next, message_history=ran.all_messages()).output == conversation.continued

    structured = Agent(model, output_type=Weather, model_settings={"temperature": 0, "max_tokens": 200})
    assert isinstance(structured.run_sync("Weather in Rome for 3 days?").output, Weather)

    async def streamed():
        async with agent.run_stream(last["content"], message_history=history) as stream:
            return [piece async for piece in stream.stream_text(delta=True, debounce_by=None)]
    pieces = asyncio.run(streamed())
    assert "".join(pieces) == conversation.answer and len(pieces) > 2
    with pytest.raises(ModelHTTPError) as raised:
        agent.run_sync("hi", model_settings={"max_tokens": 100000})
    assert raised.value.body["code"] == "context_length_exceeded"
