// The AI SDK: objects that fit a schema, whole and streamed, and an agent in two steps, the same. Prints
// what came.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  generateObject,
  generateText,
  Output,
  stepCountIs,
  streamObject,
  streamText,
  tool,
} from 'ai';
import { z } from 'zod';

const { baseURL, apiKey, model, question, result } = JSON.parse(process.argv[2]);
const provider = createOpenAICompatible({
  name: 'kinglet',
  baseURL,
  apiKey,
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const settings = {
  model: provider(model),
  prompt: question,
  temperature: 0,
  maxOutputTokens: 100,
  maxRetries: 0,
};

const schema = z.object({ city: z.string().max(40), days: z.int() });
const whole = await generateObject({ ...settings, schema });
const streamed = streamObject({ ...settings, schema });
const { output } = await generateText({ ...settings, output: Output.object({ schema }) });
const partial = [];
for await (const part of streamed.partialObjectStream) partial.push(part);

const given = [];
const agent = {
  ...settings,
  tools: {
    weather: tool({
      description: 'The weather of a city.',
      inputSchema: schema,
      execute: (input) => {
        given.push(input);
        return result;
      },
    }),
  },
  providerOptions: { kinglet: { parallel_tool_calls: false } },
  stopWhen: stepCountIs(3),
  prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? 'required' : 'auto' }),
};
const ran = await generateText(agent);
const running = streamText(agent);
const kinds = [];
for await (const part of running.fullStream) kinds.push(part.type);
const heard = async ({ text, finishReason, steps }) => ({
  answer: await text,
  finish: await finishReason,
  results: (await steps).map(({ toolResults }) => toolResults.map((each) => each.output)),
});
console.log(
  JSON.stringify({
    objects: [whole.object, output, await streamed.object, partial.at(-1)],
    partial: partial.length,
    agents: [await heard(ran), await heard(running)],
    given,
    kinds,
  }),
);
