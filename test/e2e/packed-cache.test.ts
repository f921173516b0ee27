/** `kinglet serve --packed-cache`, from one start to the next. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { REFERENCE } from '../support/reference.js';
import { ServerProcess } from '../support/server-process.js';

const MODEL = fileURLToPath(new URL('gguf/smollm2.Q4_0.gguf', REFERENCE));
const WROTE = '"packed cache: wrote ';

interface Line {
  readonly level: number;
  readonly msg: string;
}

/** Starts a server, lets it answer, waits until its log has `last`, and ends it. */
async function serve(folder: string, last: string, ...flags: readonly string[]) {
  const args = ['--packed-cache', folder, '--kv-memory', '16M', '--threads', '2', ...flags];
  const server = await ServerProcess.start(MODEL, args);
  const response = await fetch(`${server.origin}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'Once upon a time', max_tokens: 24, logprobs: 3, seed: 5 }),
  });
  const { choices } = (await response.json()) as { choices: unknown };
  await server.until(`the log says ${last}`, () => server.output.includes(last));
  const status = await server.stop();
  const lines = server.output
    .split('\n')
    .filter((line) => line.includes('"packed cache: '))
    .map((line) => JSON.parse(line) as Line);
  return { choices, status, lines };
}

t.setTimeout(120_000);

t.test('a start reads what the one before it wrote; a damaged file is replaced', async (t) => {
  const folder = join(t.testdir(), 'cache');
  const first = await serve(folder, WROTE);
  const [name = ''] = readdirSync(folder);
  const path = join(folder, name);
  t.match(first, { status: 0, choices: [{ text: /./ }] });
  t.match(first.lines, [
    { level: 30, msg: `packed cache: ${path}: is not there yet. The weights were packed` },
    { level: 30, msg: `packed cache: wrote ${path}` },
  ]);
  t.strictSame(readdirSync(folder), [name]);

  const whole = readFileSync(path);
  const read = `packed cache: the weights come from ${path}`;
  const second = await serve(folder, `"${read}`);
  t.match(second.lines, [{ level: 30, msg: read }]);
  t.strictSame(second.choices, first.choices);

  const damaged = Buffer.from(whole);
  damaged.writeUInt8(damaged.readUInt8(whole.length - 5000) ^ 4, whole.length - 5000);
  writeFileSync(path, damaged);
  const third = await serve(folder, WROTE);
  t.match(third.lines, [{ msg: `${path}: is damaged between bytes ` }, { msg: 'wrote' }]);
  t.strictSame(third.choices, first.choices);
  t.ok(readFileSync(path).equals(whole));
  t.strictSame(readdirSync(folder), [name]);
});

t.test('a folder that cannot be used is a warning', async (t) => {
  const folder = join(t.testdir({ file: '' }), 'file');
  const { status, choices, lines } = await serve(folder, '"packed cache: ');
  t.match({ status, choices }, { status: 0, choices: [{ text: /./ }] });
  t.match(lines, [{ level: 40, msg: `packed cache: ${folder}: cannot be opened: ` }]);
  t.equal(lines.length, 1);
});

t.test('a file that is larger than all may be is a warning, and not written', async (t) => {
  const folder = join(t.testdir(), 'cache');
  const { status, lines } = await serve(folder, ' bytes, ', '--packed-cache-bytes', '4096');
  t.equal(status, 0);
  t.match(lines, [
    { level: 40, msg: / would have \d+ bytes, where all such files may have 4096\. / },
  ]);
  t.equal(lines.length, 1);
  t.strictSame(readdirSync(folder), []);
});
