// LangChain for JavaScript: a chat, the same as a stream, its answer sent back, a completion and an
// error. Prints what came.
import { ChatOpenAI, OpenAI } from '@langchain/openai';

const { baseURL, apiKey, model, messages, next, prompt } = JSON.parse(process.argv[2]);
const settings = { model, apiKey, temperature: 0, maxTokens: 16, maxRetries: 0 };
const configuration = { baseURL };
const chat = new ChatOpenAI({ ...settings, configuration });

const whole = await chat.invoke(messages);
const pieces = [];
let streamUsage = null;
for await (const chunk of await chat.stream(messages)) {
  pieces.push(chunk.content);
  streamUsage = chunk.usage_metadata ?? streamUsage;
}
const continued = await chat.invoke([...messages, whole, { role: 'user', content: next }]);
const completion = await new OpenAI({ ...settings, configuration, maxTokens: 6 }).invoke(prompt);
const tooLong = new ChatOpenAI({ ...settings, configuration, maxTokens: 100_000 });
const error = await tooLong
  .invoke(messages)
  .catch((thrown) => ({ status: (thrown.cause ?? thrown).status, message: thrown.message }));
console.log(
  JSON.stringify({
    whole: whole.content,
    finish: whole.response_metadata.finish_reason,
    usage: whole.usage_metadata,
    pieces,
    streamUsage,
    continued: continued.content,
    completion,
    error,
  }),
);
