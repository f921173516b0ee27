"""LlamaIndex, in an environment of its own: it asks for another openai package than the other clients.
Prints what came of a chat, a stream, the answer sent back, a completion and an error."""
import json
import sys

import openai
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

given = json.loads(sys.argv[1])
settings = dict(
    model=given["model"], api_base=given["baseURL"], api_key=given["apiKey"], temperature=0,
    context_window=2048, max_retries=0)
chat, too_long = (OpenAILike(is_chat_model=True, max_tokens=tokens, **settings) for tokens in (16, 100000))
messages = [ChatMessage(**message) for message in given["messages"]]

whole = chat.chat(messages)
pieces = [piece.delta for piece in chat.stream_chat(messages)]
continued = chat.chat([*messages, whole.message, ChatMessage(role="user", content=given["next"])])
completion = OpenAILike(is_chat_model=False, max_tokens=6, **settings).complete(given["prompt"])
try:
    too_long.chat(messages)
    error = None
except openai.BadRequestError as refused:
    error = {"status": refused.status_code, "message": refused.message}
print(json.dumps({
    "whole": whole.message.content, "finish": whole.raw.choices[0].finish_reason, "pieces": pieces,
    "continued": continued.message.content, "completion": completion.text, "error": error}))
