"""Instructor, in an environment of its own: it asks for other packages than the other clients. Prints the
objects of each mode, one that came at the second try, and the answer of an agent in two steps."""
import json
import sys

import instructor
from instructor import Mode
from openai import OpenAI
from pydantic import BaseModel, Field, field_validator

given = json.loads(sys.argv[1])
provider = OpenAI(base_url=given["baseURL"], api_key=given["apiKey"], max_retries=0)
question = [{"role": "user", "content": given["question"]}]
settings = {"model": given["model"], "temperature": 0, "max_tokens": 100}
refused = []


class weather(BaseModel):
    """The weather of a city."""

    city: str = Field(max_length=40)
    days: int


class Refused(weather):
    @field_validator("days")
    @classmethod
    def at_the_second_try(cls, days):
        refused.append(days)
        if len(refused) == 1:
            raise ValueError("say it once more")
        return days


objects, parts = {}, []
for mode in (Mode.TOOLS, Mode.JSON_SCHEMA):
    client = instructor.from_openai(provider, mode=mode)
    objects[mode.name] = client.create(
        messages=question, response_model=weather, max_retries=0, **settings).model_dump()
    streamed = list(client.create_partial(messages=question, response_model=weather, max_retries=0, **settings))
    objects[f"{mode.name} streamed"] = streamed[-1].model_dump()
    parts.append(len(streamed))
client = instructor.from_openai(provider, mode=Mode.TOOLS)
again = client.create(messages=question, response_model=Refused, max_retries=1, **settings)
_, called = client.create_with_completion(
    messages=question, response_model=weather, max_retries=0, **settings)
message = called.choices[0].message.model_dump()
tools = [{"type": "function", "function": instructor.openai_schema(weather).openai_schema}]
last = client.create(
    response_model=None, tools=tools, **settings,
    messages=[*question, message, {
        "role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": given["result"]}])
print(json.dumps({
    "objects": objects, "parts": parts, "again": again.model_dump(), "refused": refused,
    "answer": last.choices[0].message.content, "finish": last.choices[0].finish_reason}))
