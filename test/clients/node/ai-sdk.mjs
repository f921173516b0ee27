// The AI SDK: a chat, the same as a stream, its answer sent back, and an error. Prints what came.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';

const { baseURL, apiKey, model, messages, next } = JSON.parse(process.argv[2]);
const provider = createOpenAICompatible({ name: 'kinglet', baseURL, apiKey, includeUsage: true });
const settings = { model: provider(model), temperature: 0, maxOutputTokens: 16, maxRetries: 0 };

const whole = await generateText({ ...settings, messages });
const stream = streamText({ ...settings, messages });
const pieces = [];
for await (const piece of stream.textStream) pieces.push(piece);
const continued = await generateText({
  ...settings,
  messages: [...messages, ...whole.response.messages, { role: 'user', content: next }],
});
const error = await generateText({ ...settings, messages, maxOutputTokens: 100_000 }).catch(
  (thrown) => ({ status: thrown.statusCode, message: thrown.message }),
);
console.log(
  JSON.stringify({
    whole: whole.text,
    finish: whole.finishReason,
    usage: whole.usage,
    pieces,
    streamUsage: await stream.usage,
    continued: continued.text,
    error,
  }),
);
