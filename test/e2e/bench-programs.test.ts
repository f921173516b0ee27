/** The programs behind bench's scripts, with small numbers. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { loadAddon } from '../../src/native/load-addon.js';
import { KINGLET } from '../support/command.js';
import { REFERENCE, REPOSITORY } from '../support/reference.js';

const MODEL = fileURLToPath(new URL('gguf/smollm2.Q4_0.gguf', REFERENCE));
const HERE = fileURLToPath(REPOSITORY);

t.setTimeout(180_000);

/** Cells of each row of the table that a program prints, by the row's name. */
async function tableOf(program: string, ...args: string[]): Promise<Map<string, string[]>> {
  const script = fileURLToPath(new URL(`../../bench/${program}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, MODEL, ...args]);
  const rows = stdout
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.slice(1, -1).split('|'));
  return new Map(rows.map(([name = '', ...cells]) => [name.trim(), cells.map((c) => c.trim())]));
}

/** The figures of a row; NaN where there is a dash. */
const numbers = (table: Map<string, string[]>, row: string): number[] =>
  (table.get(row) ?? []).map(Number);

t.test('bench/server: the share of two checkouts, and where the time goes', async (t) => {
  const table = await tableOf(
    'serving/run.js',
    ...['--clients', '2', '--prompt', '48', '--generate', '24', '--requests', '3'],
    ...['--rounds', '1', '--threads', '2', '--against', HERE],
  );
  t.strictSame(table.get(''), ['2 clients, here', '2 clients, against', 'ratio']);
  for (const row of [
    'tokens/s that arrive',
    'tokens/s that the engine allows',
    "the server's share",
    'CPU µs a token: event loop',
    'CPU µs a token: engine',
    'first token, ms: median',
  ]) {
    const figures = numbers(table, row);
    t.equal(figures.length, 3, row);
    t.ok(
      figures.every((value) => value > 0),
      `${row}: ${figures.join(', ')}`,
    );
  }
  const [share = NaN] = numbers(table, "the server's share");
  t.ok(share < 1.5, `no more arrives than the engine can make: ${share}`);
  const [prompts = NaN] = numbers(table, 'prompt tokens a token');
  t.ok(prompts > 0 && prompts < 4, `48 for 24: ${prompts}`);
});

t.test('bench/speculation: the same answers, and what drafts come to', async (t) => {
  const table = await tableOf(
    'speculating/run.js',
    ...['--clients', '1,2', '--generate', '96', '--rounds', '1', '--speculate', '3'],
    ...['--', '--threads', '1'],
  );
  t.strictSame(table.get(''), ['tokens/s, 3', 'off', 'ratio', 'least', 'drafted', '% drawn']);
  for (const kind of ['quoting', 'editing', 'free text']) {
    for (const clients of ['1 client', '2 clients']) {
      const [on = NaN, off = NaN, ratio = NaN, least = NaN] = numbers(table, `${kind}, ${clients}`);
      t.ok(on > 0 && off > 0 && ratio >= least && least > 0, `${kind}, ${clients}: ${ratio}`);
    }
  }
});

t.test('bench/server --gaps', async (t) => {
  const table = await tableOf(
    'serving/run.js',
    ...['--gaps', '--clients', '3', '--prompt', '48', '--generate', '64', '--long', '2000'],
    ...['--rounds', '1', '--threads', '1', '--', '--max-step-ms', '40'],
  );
  t.strictSame(table.get(''), ['3 clients, here']);
  t.ok((numbers(table, 'gaps')[0] ?? 0) > 0);
  const [within = NaN] = numbers(table, '% of the gaps within 40 ms');
  t.ok(within > 0 && within <= 100, `${within} %`);
  t.ok((numbers(table, "the long one's, ms: median")[0] ?? 0) > 0);
});

t.test('bench/server --idle', async (t) => {
  const table = await tableOf('serving/run.js', '--idle', '1', '--rounds', '1');
  const [share = NaN] = numbers(table, '% of a CPU after requests');
  t.ok(share >= 0 && share < 100, `${share} %`);
  t.ok((numbers(table, 'first token after the pause, ms')[0] ?? 0) > 0);
});

t.test('bench/server --memory', async (t) => {
  const table = await tableOf(
    'serving/run.js',
    ...['--memory', '--requests', '200', '--clients', '4', '--pause', '1'],
  );
  const heads = ['after the start', 'peak', 'after 100', 'after 200', '1 s later'];
  t.strictSame(table.get(''), heads);
  const rest = [
    // Others: the test runner's in the server.
    ...['V8 heap: event loop', 'V8 heap: engine', 'V8 heap: prompt threads', 'V8 heap: others'],
    ...["the tokenizer's tables", 'other memory of malloc and V8', 'stacks'],
    ...["Node's binary", 'the addon', 'other libraries'],
  ].map((row) => numbers(table, row));
  const beyond = numbers(table, '**beyond these**');
  for (const [column, head] of heads.entries()) {
    const parts = rest.map((cells) => cells[column] ?? NaN);
    if (head === 'peak') continue;
    t.ok(
      parts.every((value) => value >= 0),
      `${head}: ${parts.join(', ')}`,
    );
    const sum = parts.reduce((total, value) => total + value, 0);
    t.ok(
      Math.abs(sum - (beyond[column] ?? NaN)) < 0.5,
      `${head}: ${sum}, in all ${beyond[column]}`,
    );
  }
  const [, peak = NaN] = beyond;
  t.ok(
    beyond.every((value) => value > 20 && value <= peak + 20),
    beyond.join(', '),
  );
});

t.test('bench/start: the marks come one after the other', async (t) => {
  const table = await tableOf('starting/run.js', '--rounds', '1', '--', '--kv-memory', '64M');
  t.strictSame(table.get(''), ['here', 'here, cache']);
  const marks = ['model read', 'listening', 'tokenizer ready', 'weights loaded', 'ready'];
  for (const column of [0, 1]) {
    const times = marks.map((mark) => numbers(table, `${mark}, ms`)[column] ?? NaN);
    t.strictSame(
      times,
      times.toSorted((a, b) => a - b),
    );
    const answers = numbers(table, '/ready answers 200, ms')[column] ?? NaN;
    t.ok(answers > (times[0] ?? NaN), `${times.join(', ')}, then ${answers}`);
  }
});

const PEERS = fileURLToPath(new URL('../../bench/comparing/run.js', import.meta.url));
/** A peer that is this checkout's `kinglet bench` under another name. */
const PEER = `import { execFileSync } from 'node:child_process';
const [, model, ...work] = process.argv.slice(2);
const bench = ['bench', model, ...work, '--repeats', '1', '--json'];
const [command, ...first] = ${JSON.stringify(KINGLET)};
const { prefillMedian, decodeMedian } = JSON.parse(execFileSync(command, [...first, ...bench]));
console.log(JSON.stringify({ prefill: prefillMedian, decode: decodeMedian }));`;

t.test('bench/peers: a file on two engines in turn', async (t) => {
  const flags = ['--rounds', '2', '--threads', '2', '--patience', '0', '--work', 'one,8'];
  const again = `again=${process.execPath} ${t.testdir({ 'peer.mjs': PEER })}/peer.mjs`;
  const args = [PEERS, MODEL, ...flags, '--peer-command', again];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args, '--json']);
  t.match(stderr, /^.*smollm2\.Q4_0\.gguf, work one: round 1 of 2$/m);
  const { results, ...circumstances } = JSON.parse(stdout) as {
    readonly results: readonly Record<string, unknown>[];
  };
  t.match(circumstances, { threads: 2, rounds: 2, kinglet: /^\d/, cpu: String });
  t.strictSame(
    results.map(({ work, engine, batch }) => [work, engine, batch]),
    [
      ['one', 'kinglet', 1],
      ['one', 'again', 1],
      ['8', 'kinglet', 8],
      ['8', 'again', 8],
    ],
  );
  for (const { prefill, decode, decodeMedian } of results) {
    for (const figures of [prefill, decode] as number[][]) {
      t.ok(figures.length === 2 && figures.every((figure) => figure > 0), figures.join());
    }
    t.ok((decodeMedian as number) > 0);
  }
});

t.test('bench/peers: the table, and a run that is lost', async (t) => {
  const run = (...flags: string[]) =>
    promisify(execFile)(process.execPath, [PEERS, MODEL, '--patience', '0', ...flags]);
  const { stdout } = await run('--rounds', '1', '--work', '8', '--', '--isa', 'scalar');
  t.match(stdout, /^\| smollm2\.Q4_0: 8 together after 128 +\| +\d+(\.\d)? \|$/m);
  t.match(stdout, /"kinglet bench --isa scalar"/);
  // Its context is 8192 tokens long.
  const lost = await run('--rounds', '1', '--work', '16k').catch((error: unknown) => error);
  t.match(lost, {
    code: 1,
    stdout: '',
    stderr: /^kinglet was lost on .*, work 16k: .*16448 tokens/ms,
  });
});

t.test('bench/sweep: the share of the limit that weights and KV set', async (t) => {
  const flags = ['--contexts', '512,8192', '--generate', '8', '--rounds', '1', '--threads', '1'];
  const bandwidth = ['--patience', '0', '--bandwidth-command', 'echo 5e9; true'];
  const table = await tableOf('sweeping/run.js', ...flags, ...bandwidth);
  t.strictSame(table.get(''), ['512', '8192']);
  t.strictSame(numbers(table, 'GB/s read by as many threads'), [5, 5]);
  // 384 bytes a token, beside weights of less than a megabyte.
  const [short = NaN, long = NaN] = numbers(table, 'MB read a token');
  t.ok(short < 2 && long >= 3 && long < 5, `${short} and ${long} MB`);
  for (const row of ['tokens/s', 'limit, tokens/s', '% of the limit', 'resident at most, MB']) {
    t.ok(
      numbers(table, row).every((value) => value > 0),
      row,
    );
  }
});

const ACCURACY = fileURLToPath(new URL('../../bench/diverging/run.js', import.meta.url));
const support = (name: string): string =>
  JSON.stringify(new URL(`../support/${name}.js`, import.meta.url).href);
const source = (name: string): string =>
  JSON.stringify(new URL(`../../src/${name}.js`, import.meta.url).href);
/** A peer that computes in floats on the slowest kernels. */
const FLOAT_PEER = `import { json } from 'node:stream/consumers';
import { openModel } from ${source('model/open-model')};
import { loadAddon } from ${source('native/load-addon')};
import { ModelRunner } from ${support('run-model')};
const [, , , model, , threads] = process.argv;
const options = { compute: 'float', isa: 'scalar', threads: Number(threads) };
const runner = new ModelRunner(loadAddon(), await openModel(model), options);
for (const ids of await json(process.stdin)) {
  process.stdout.write(new Uint8Array(runner.run(ids, 0).buffer));
}`;

t.test('bench/accuracy: how far engines are from the exact weights', async (t) => {
  const folder = t.testdir({ 'float.mjs': FLOAT_PEER });
  const env = { ...process.env, KINGLET_CACHE: folder };
  const run = (...flags: string[]) =>
    promisify(execFile)(
      process.execPath,
      [ACCURACY, MODEL, '--tokens', '24', '--threads', '2', ...flags],
      { env },
    );
  const isas = [...new Set([loadAddon().cpuInfo().isa, 'scalar'])];
  const { stdout, stderr } = await run(
    ...['--round-to', 'Q8_0,F32', '--isa', isas.join(), '--kv-cache-type', 'f16,q8', '--json'],
    ...['--peer-command', `float=${process.execPath} ${folder}/float.mjs`],
  );
  t.match(stderr, /^smollm2\.Q4_0 to F32: kinglet, scalar, KV in q8$/m);
  const { results } = JSON.parse(stdout) as {
    readonly results: readonly {
      file: string;
      engine: string;
      kl: number[];
      sameBest: boolean[];
    }[];
  };
  t.equal(results.length, 3 * (2 * isas.length + 1));
  for (const { file, engine, kl, sameBest } of results) {
    const label = `${file}: ${engine}`;
    t.equal(kl.length, 4 * 24, label);
    const mean = kl.reduce((sum, x) => sum + x, 0) / kl.length;
    const [least, most] = engine === 'float' ? [0, 1e-9] : boundsOf(file, engine);
    t.ok(Math.abs(mean) >= least && mean <= most, `${label}: ${mean}`);
    t.ok(sameBest.filter(Boolean).length > 0.9 * kl.length, label);
  }
  const { stdout: table } = await run(
    '--peer-command',
    `again=${process.execPath} ${folder}/float.mjs`,
  );
  t.match(
    table,
    /^\| +\| +mean KL \| its error \| +99 % \| +largest \| same best, % \| +by again's \|$/m,
  );
  t.match(
    table,
    /^\| smollm2\.Q4_0: kinglet, \w+ +\|( +\d\.\d\de-\d \|){4} +\d+\.\d \| +\d+\.\d\d ± /m,
  );
});

/** KV in bytes shows where weights are floats. */
function boundsOf(file: string, engine: string): readonly [number, number] {
  if (!file.endsWith('F32')) return [1e-6, 2e-3];
  return engine.endsWith('q8') ? [1e-8, 1e-4] : [0, 1e-6];
}

t.test('bench/accuracy: a peer that is lost', async (t) => {
  const run = (shell: string) =>
    promisify(execFile)(process.execPath, [
      ...[ACCURACY, MODEL, '--tokens', '8', '--peer-command', `lost=sh -c '${shell}' lost`],
    ]).catch((error: unknown) => error);
  t.match(await run('cat >/dev/null; echo no such weights >&2; exit 3'), {
    code: 1,
    stdout: '',
    stderr: /^lost was lost on .*smollm2\.Q4_0\.gguf: it ended with status 3\nno such weights$/m,
  });
  // Rows of 384 floats.
  t.match(await run('cat >/dev/null; head -c 3072 /dev/zero'), {
    stderr: /: it gave the logits of 2 rows only$/m,
  });
  t.match(await run('cat >/dev/null; head -c 3000 /dev/zero'), {
    stderr: /: its last row has 1464 bytes$/m,
  });
});

t.test('what cannot be measured is said in a line', async (t) => {
  const script = fileURLToPath(new URL('../../bench/serving/run.js', import.meta.url));
  for (const [args, message] of [
    [[], /^usage: bench\/server MODEL/],
    [[MODEL, '--clients', '0'], /^--clients: expected an integer .* '0'/],
    [[MODEL, '--against', '/nowhere'], /^\/nowhere is not built: run script\/bootstrap there/],
  ] as const) {
    const failure = await promisify(execFile)(process.execPath, [script, ...args]).catch(
      (error: unknown) => error as { code: number; stderr: string },
    );
    t.match(failure, { code: 1, stderr: message });
  }
});
