/** Tokens and prompts of SmolLM2-135M-Instruct, from the tokenizer and template in its GGUF. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { ChatRenderer } from '../../support/chat-renderer.js';
import { openModel } from '../../../src/model/open-model.js';
import { loadTokenizer } from '../../../src/tokenizer/load-tokenizer.js';
import { realModelPath } from '../../support/real-model.js';
import { REFERENCE } from '../../support/reference.js';
import { encodeText } from '../../support/encode.js';
import { chatInput } from '../../support/chat-input.js';

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, REFERENCE), 'utf8'));
}

const path = realModelPath();
const skip = path === null ? 'no model: script/fetch-model gets it' : false;

t.test('60 hard texts and 8 chats', { skip }, async (t) => {
  const source = await openModel(path!);
  const tokenizer = await loadTokenizer(source.readTokenizer());
  t.equal(tokenizer.vocabSize, source.spec.vocabSize);
  t.ok(tokenizer.eosIds.includes(2));
  t.equal(tokenizer.decode([2]), '<|im_end|>');
  const texts = readJson('smollm2-135m/texts.json') as {
    text: string;
    ids: number[];
    ids_plain?: number[];
    decoded: string;
  }[];
  for (const [i, { text, ids, ids_plain: plain, decoded }] of texts.entries()) {
    t.same([...encodeText(tokenizer, text, 'parse')], ids, `text ${i}, parsed`);
    t.same([...encodeText(tokenizer, text, 'plain')], plain ?? ids, `text ${i}, plain`);
    t.equal(tokenizer.decode(ids), decoded, `text ${i}, decoded`);
  }

  const renderer = new ChatRenderer(tokenizer);
  t.teardown(() => renderer.close());
  t.equal(renderer.reasoningTags, null);
  const chats = readJson('smollm2-135m/chats.json') as {
    messages: { role: string; content: string }[];
    prompt: string;
    prompt_ids: number[];
    greedy_ids: number[];
    greedy_text: string;
  }[];
  for (const chat of chats) {
    const prompt = await renderer.prompt(chatInput(chat.messages));
    t.equal(prompt.text, chat.prompt);
    t.same([...prompt.ids], chat.prompt_ids);
    t.equal(tokenizer.decode(chat.greedy_ids, { skipSpecial: true }), chat.greedy_text);
  }
});

t.test('the tokenizer of a tiny GGUF is that of its checkpoint', async (t) => {
  const { encode } = readJson('text/tiny-tokenizer.json') as {
    encode: { text: string; ids_without_bos: number[]; decoded: string }[];
  };
  const file = fileURLToPath(new URL('gguf/smollm2.F16.gguf', REFERENCE));
  const tokenizer = await loadTokenizer((await openModel(file)).readTokenizer());
  for (const [i, { text, ids_without_bos: ids, decoded }] of encode.entries()) {
    t.same([...encodeText(tokenizer, text, 'parse')], ids, `text ${i}`);
    t.equal(tokenizer.decode(ids), decoded, `text ${i}, decoded`);
  }
});
