// LangChain for JavaScript: objects that fit a schema, and an agent in two steps, whole and streamed. Prints
// what came.
import { HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';

const { baseURL, apiKey, model, question, result } = JSON.parse(process.argv[2]);
const chat = new ChatOpenAI({
  model,
  apiKey,
  temperature: 0,
  maxTokens: 100,
  maxRetries: 0,
  configuration: { baseURL },
});

const schema = z.object({ city: z.string().max(40), days: z.int() });
const objects = [];
for (const method of ['jsonSchema', 'functionCalling']) {
  objects.push(await chat.withStructuredOutput(schema, { method }).invoke(question));
}

const given = [];
const weather = tool(
  (input) => {
    given.push(input);
    return result;
  },
  { name: 'weather', description: 'The weather of a city.', schema },
);
const invoke = (bound, messages) => bound.invoke(messages);
const stream = async (bound, messages) => {
  let message;
  for await (const chunk of await bound.stream(messages)) message = message?.concat(chunk) ?? chunk;
  return message;
};
const agents = [];
for (const ask of [invoke, stream]) {
  const bind = (more) => chat.bindTools([weather], { parallel_tool_calls: false, ...more });
  const messages = [new HumanMessage(question)];
  const called = await ask(bind({ tool_choice: 'required' }), messages);
  const results = await Promise.all(called.tool_calls.map((call) => weather.invoke(call)));
  const last = await ask(bind(), [...messages, called, ...results]);
  agents.push({
    answer: last.content,
    finish: last.response_metadata.finish_reason,
    results: [results.map(({ content }) => content), []],
  });
}
console.log(JSON.stringify({ objects, agents, given }));
