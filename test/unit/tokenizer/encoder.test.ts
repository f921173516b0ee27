/** The encoder against Hugging Face's library, under bounds, in ranges, in threads, and interrupted. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { Tokenizer as Library } from 'tokenizers';
import { createEncoder, type Encoder } from '../../../src/tokenizer/encoder.js';
import {
  buildEncodingTables,
  type EncodingTables,
} from '../../../src/tokenizer/encoding-tables.js';
import { readTokenizerJson } from '../../../src/tokenizer/tokenizer-json.js';
import { randomSource } from '../../support/random.js';
import { randomText } from '../../support/random-text.js';
import {
  realDocument,
  smallDocument,
  smallFamilies,
  tinyDocument,
  type Json,
  type TokenizerDocument,
} from '../../support/tokenizer-families.js';
import { cpuMs } from '../../support/cpu-time.js';

t.setTimeout(120_000);

async function tablesOf(document: unknown): Promise<EncodingTables> {
  return (await buildEncodingTables(readTokenizerJson(document))).tables;
}

async function encoderOf(document: unknown): Promise<Encoder> {
  return createEncoder(await tablesOf(document));
}

function idsOf(encoder: Encoder, text: string): number[] {
  return [...encoder.encode(text, { special: 'parse', maxTokens: Infinity }).ids];
}

const LLAMA = realDocument('llama3_1');

/** KINGLET_TOKENIZER_TEXTS: how many texts altogether; test/fuzz/tokenizer-texts.ts has more. */
const TEXTS = Number(process.env['KINGLET_TOKENIZER_TEXTS'] ?? 5000);

t.test('every pre-tokenizer: the ids of the library, whole and under any bound', async (t) => {
  const families = [...smallFamilies(2000)];
  const random = randomSource(11);
  for (const { name, document } of families) {
    const encoder = await encoderOf(document);
    const library = Library.fromString(JSON.stringify(document));
    const strings = document.added_tokens.map((token) => token['content'] as string);
    const texts = Array.from({ length: Math.ceil(TEXTS / families.length) }, () =>
      randomText(random, strings),
    );
    const encodings = await library.encodeBatch(texts, { addSpecialTokens: false });
    const wrong: string[] = [];
    for (const [i, text] of texts.entries()) {
      const expected = encodings[i]!.getIds();
      if (String(idsOf(encoder, text)) !== String(expected)) wrong.push(text);
      const most = Math.floor(random() * (expected.length + 2));
      const { ids, complete, atLeast } = encoder.encode(text, {
        special: 'parse',
        maxTokens: most,
      });
      const right =
        complete === expected.length <= most &&
        (complete || ids.length > most) &&
        atLeast >= ids.length &&
        atLeast <= expected.length &&
        String([...ids]) === String(expected.slice(0, ids.length));
      if (!right) wrong.push(`${text} up to ${most}`);
      const bytes = Buffer.byteLength(text);
      const bound = encoder.maxBytesOf(expected.length);
      if (bound !== null && bytes > bound) wrong.push(`${bytes} bytes above ${bound}: ${text}`);
      if (encoder.minTokensOf(bytes) > expected.length) wrong.push(`too many tokens: ${text}`);
    }
    t.same(wrong, [], `${name}: ${texts.length} texts`);
  }
});

t.test('words of any length', async (t) => {
  const document = smallDocument(LLAMA, 3000);
  const encoder = await encoderOf(document);
  const library = Library.fromString(JSON.stringify(document));
  const random = randomSource(12);
  const texts = ['a', ' ', '7', '\n', '🙂', 'é', '\u0301', 'ab', 'the'].flatMap((unit) =>
    [1, 47, 48, 49, 50, 97, 1000, 20_000].map((count) => unit.repeat(count)),
  );
  for (let i = 0; i < 20; i++) {
    let word = '';
    for (let n = Math.floor(random() * 5000); n > 0; n--) {
      word += 'etaoinshrdlu'[Math.floor(random() ** 2 * 12)];
    }
    texts.push(word);
  }
  for (const text of texts) {
    const expected = (await library.encode(text, null, { addSpecialTokens: false })).getIds();
    t.ok(
      String(idsOf(encoder, text)) === String(expected),
      `${text.length} of ${JSON.stringify(text.slice(0, 5))}`,
    );
  }
});

t.test('unknown bytes, fallback to bytes, fused or not', async (t) => {
  const random = randomSource(13);
  for (let round = 0; round < 32; round++) {
    // The library numbers added tokens by the size of the vocabulary, which has gaps here.
    const document = { ...tinyDocument(), added_tokens: [] };
    const { vocab } = document.model;
    const merged = new Set(
      document.model.merges.flatMap((merge) => [...merge].join(' ').split(' ')),
    );
    let next = 400;
    for (const token of Object.keys(vocab)) {
      if ([...token].length === 1 && !merged.has(token) && random() < 0.5) delete vocab[token];
    }
    for (let byte = 0; byte < 256; byte++) {
      if (random() < 0.8) vocab[`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`] = next++;
    }
    vocab['<unk>'] = next;
    document.model['unk_token'] = random() < 0.7 ? '<unk>' : null;
    document.model['fuse_unk'] = random() < 0.5;
    document.model['byte_fallback'] = random() < 0.5;
    document.model.ignore_merges = random() < 0.5;
    const encoder = await encoderOf(document);
    const library = Library.fromString(JSON.stringify(document));
    const wrong: string[] = [];
    for (let i = 0; i < 40; i++) {
      const text = randomText(random, ['<unk>', '<0xE2>']);
      const encoding = await library.encode(text, null, { addSpecialTokens: false });
      const expected = encoding.getIds();
      if (String(idsOf(encoder, text)) !== String(expected)) wrong.push(text);
      const bound = encoder.maxBytesOf(expected.length);
      if (bound !== null && Buffer.byteLength(text) > bound) wrong.push(`bound: ${text}`);
    }
    t.same(wrong, [], JSON.stringify({ ...document.model, vocab: 0, merges: 0 }));
  }
});

function withAdded(tokens: readonly Json[]): TokenizerDocument {
  const document = tinyDocument();
  document.added_tokens = tokens.map((token, i) => ({ id: 379 + i, ...token }));
  return document;
}

t.test('special tokens in plain ranges are text, others are not', async (t) => {
  const document = withAdded([
    { content: '<s>', special: true },
    { content: '<s>x', special: true },
    { content: '<t>', special: false },
    { content: 'éé', special: true, normalized: true },
  ]);
  document.normalizer = { type: 'NFC' };
  const encoder = await encoderOf(document);
  const plain = (text: string): number[] => [
    ...encoder.encode(text, { special: 'plain', maxTokens: Infinity }).ids,
  ];
  const parts = (text: string, ...ranges: [start: number, end: number][]): number[] => [
    ...encoder.encode(text, {
      special: 'parse',
      plain: ranges.map(([start, end]) => ({ start, end })),
      maxTokens: Infinity,
    }).ids,
  ];
  const [s, sx, tag, e] = [379, 380, 381, 382];
  t.same(parts('<s><s>x<t>éé'), [s, sx, tag, e]);
  t.same(plain('<t><s>'), [tag, ...plain('<s>')]);
  t.same(parts('<s><s>', [3, 6]), [s, ...plain('<s>')]);
  t.same(parts('<s><s>', [0, 3]), [...plain('<s>'), s]);
  t.same(parts('<s><s>', [5, 6]), [s, ...plain('<s>')], 'the end of one is plain');
  t.same(parts('<s><s>', [0, 1]), [...plain('<s>'), s], 'the begin of one is plain');
  t.same(parts('<s>x', [3, 4]), [s, ...plain('x')], 'the shorter one is left');
  t.same(parts('<s><t><s>', [0, 9]), [...plain('<s>'), tag, ...plain('<s>')]);
  t.same(parts('<s><s>', [2, 2]), [s, s], 'an empty range');
  t.same(parts('<s><s>', [0, 1], [1, 2], [4, 5]), plain('<s><s>'), 'several');
  t.same(
    parts('e\u0301ee\u0301e\u0301', [0, 3]),
    [...plain('ée'), e],
    'ranges follow the normalized text',
  );
  t.same(parts('e\u0301éxée\u0301', [5, 6]), [e, ...plain('xéé')], 'a part of one');
  t.same(parts('\u212béé<s>éé', [0, 1]), [...plain('Å'), e, s, e]);
});

t.test('many added tokens, and long ones', async (t) => {
  const many = Array.from({ length: 100_000 }, (_, i) => ({
    content: `<|reserved_special_token_${i}|>`,
    special: true,
  }));
  const encoder = await encoderOf(withAdded(many));
  const text = '<|reserved_special_token_99999|> and <|reserved_special_token_7|>'.repeat(1000);
  let ids: number[] = [];
  const ms = cpuMs(() => (ids = idsOf(encoder, text)));
  t.ok(ms < 2000, `${ms} ms`);
  t.equal(ids.filter((id) => id === 379 + 99_999).length, 1000);
  t.equal(ids.filter((id) => id === 379 + 7).length, 1000);
  await t.rejects(encoderOf(withAdded([{ content: 'x'.repeat(100_000), special: true }])), {
    code: 'file_malformed',
    message: /added_tokens.*id 379 has 100000 characters: at most 512/,
  });
  const longest = 'x'.repeat(512);
  const one = await encoderOf(withAdded([{ content: longest }]));
  t.same(idsOf(one, longest), [379]);
});

t.test('lone surrogates are U+FFFD', async (t) => {
  const encoder = await encoderOf(tinyDocument());
  t.same(idsOf(encoder, 'a\ud800b\udc00'), idsOf(encoder, 'a\ufffdb\ufffd'));
  const emoji = idsOf(encoder, ' 🙂');
  t.same(idsOf(encoder, `${'x'.repeat((1 << 14) - 2)} 🙂`).slice(-emoji.length), emoji);
});

t.test('bounds', async (t) => {
  const bound = async (change: (document: TokenizerDocument) => void) => {
    const document = tinyDocument();
    change(document);
    return (await encoderOf(document)).maxBytesOf(10);
  };
  const longest = '<|start_header_id|>'.length;
  t.equal(await bound(() => undefined), 10 * longest);
  t.equal(await bound((d) => (d.normalizer = { type: 'NFC' })), 35 * longest);
  t.equal(await bound((d) => (d.normalizer = { type: 'StripAccents' })), null);
  t.equal(await bound((d) => (d.added_tokens[0]!['rstrip'] = true)), null);
  t.equal(await bound((d) => (d.added_tokens[0]!['content'] = '🙂'.repeat(20))), 800);
  t.equal(await bound((d) => delete d.model.vocab['!']), null, 'a byte that vanishes');
  const removing = { type: 'WhitespaceSplit' };
  const byteLevel = { type: 'ByteLevel', add_prefix_space: true, use_regex: false };
  t.equal(
    await bound(
      (d) => (d.pre_tokenizer = { type: 'Sequence', pretokenizers: [removing, byteLevel] }),
    ),
    null,
  );
  const encoder = await encoderOf(tinyDocument());
  t.equal(encoder.minTokensOf(longest * 3 + 1), 4);
});

t.test('a text that is too long is given up soon', async (t) => {
  const encoder = await encoderOf(LLAMA);
  const size = 4 << 20;
  for (const unit of ['7', ' ', 'a', '🙂', '<|eot_id|>', 'word ', '\u0301']) {
    const text = Buffer.from(unit.repeat(size / Buffer.byteLength(unit))).toString();
    const ms = cpuMs(() => {
      const encoded = encoder.encode(text, { special: 'parse', maxTokens: 8192 });
      const { ids, complete, atLeast } = encoded;
      t.notOk(complete);
      t.ok(atLeast > 8192 && ids.length <= 8193 + 10_000, `${atLeast} tokens, ${ids.length} ids`);
    });
    t.ok(ms < 1500, `${unit}: ${ms} ms`);
  }
});

t.test('a checkpoint is heard every few milliseconds, and may end the work', async (t) => {
  const encoder = await encoderOf({ ...LLAMA, normalizer: { type: 'NFC' } });
  for (const unit of ['7', ' ', 'a', '🙂', '<', 'word ', '\u0301\u0316', 'xy\u0301']) {
    const text = unit.repeat((1 << 20) / Buffer.byteLength(unit));
    let calls = 0;
    encoder.encode(text, { special: 'parse', maxTokens: Infinity, checkpoint: () => calls++ });
    t.ok(calls >= (1 << 20) / (16 << 10), `${JSON.stringify(unit)}: ${calls} calls`);
    let left = calls / 2;
    const checkpoint = (): void => {
      if (--left < 0) throw new Error('aborted');
    };
    t.throws(
      () => encoder.encode(text, { special: 'parse', maxTokens: Infinity, checkpoint }),
      /aborted/,
    );
    t.same(idsOf(encoder, 'Hello world'), [9906, 1917], 'the encoder goes on');
  }
});

t.test('patterns that look far ahead in vain take linear time', async (t) => {
  const times: number[] = [];
  for (const Regex of ['a|a*b', 'a+b', '(?:a|aa)+c|a', '\\s*[\\r\\n]+|\\s', 'a{1,30}c|a*b|aa?']) {
    const document = tinyDocument();
    const step = { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false };
    const byteLevel = {
      type: 'ByteLevel',
      add_prefix_space: false,
      trim_offsets: true,
      use_regex: false,
    };
    document.pre_tokenizer = { type: 'Sequence', pretokenizers: [step, byteLevel] };
    const encoder = await encoderOf(document);
    const unit = Regex.startsWith('\\s') ? ' ' : 'a';
    const text = unit.repeat(400_000);
    times.push(cpuMs(() => encoder.encode(text, { special: 'parse', maxTokens: Infinity })));
    // Short: the library itself backtracks.
    const short = `${unit.repeat(20)}${'ab \n'.repeat(20)}${unit.repeat(18)}c`;
    const library = Library.fromString(JSON.stringify(document));
    const expected = (await library.encode(short, null, { addSpecialTokens: false })).getIds();
    t.same(idsOf(encoder, short), expected, Regex);
  }
  t.ok(Math.max(...times) < 5000, times.map((time) => time.toFixed(0)).join(' '));
});

t.test('tables go to a thread without a copy', async (t) => {
  const tables = await tablesOf(LLAMA);
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     import(workerData.encoder).then(({ createEncoder }) => {
       const encoder = createEncoder(workerData.tables);
       parentPort.postMessage(encoder.encode('Hello world', { special: 'parse', maxTokens: 9 }).ids);
     });`,
    {
      eval: true,
      workerData: {
        tables,
        encoder: new URL('../../../src/tokenizer/encoder.js', import.meta.url).href,
      },
    },
  );
  const [ids] = (await once(worker, 'message')) as [Int32Array];
  t.same([...ids], [9906, 1917]);
  await worker.terminate();
  const copied: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (ArrayBuffer.isView(value)) {
      if (!(value.buffer instanceof SharedArrayBuffer)) copied.push(path);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
    }
  };
  walk(tables, 'tables');
  t.same(copied, []);
});
