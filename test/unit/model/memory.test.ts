/** What memory is there, and how it is divided. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { inspect } from '../../../src/cli/inspect.js';
import { KingletError } from '../../../src/errors.js';
import { availableMemory } from '../../../src/machine/memory-available.js';
import {
  formatBytes,
  planMemory,
  residentBytes,
  type MemoryRequest,
} from '../../../src/model/memory-plan.js';
import { openModel } from '../../../src/model/open-model.js';
import { SIGNAL_WORDS } from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { GOLDEN } from '../../support/reference.js';

const MIB = 2 ** 20;
const source = await openModel(
  fileURLToPath(new URL('reference/checkpoints/llama3-rope-scaling', GOLDEN)),
);
const { spec, tensors } = source;
/** 3 layers x 1 head x 64 x K and V. */
const TOKEN_VALUES = 3 * 64 * 2;

function request(change: Partial<MemoryRequest> = {}): MemoryRequest {
  return {
    spec,
    tensors,
    compute: 'auto',
    quantize: 'none',
    maxNumSeqs: 4,
    availableBytes: 4096 * MIB,
    maxRows: 64,
    threads: 2,
    ...change,
  };
}

function failure(t: Test, change: Partial<MemoryRequest>): KingletError {
  try {
    planMemory(request(change));
  } catch (error) {
    if (error instanceof KingletError) return error;
    throw error;
  }
  t.fail('the plan was made');
  return new KingletError('internal_error', '');
}

t.test("a checkpoint's own biases take their memory", (t) => {
  const { scratchBytes } = planMemory(request({ biasEntries: 2048 }));
  t.equal(planMemory(request()).scratchBytes, scratchBytes);
  // An id and a bias for each of 4 sequences.
  const more = planMemory(request({ biasEntries: 2048 + 1000 }));
  t.equal(more.scratchBytes - scratchBytes, 4 * 1000 * 8);
  t.end();
});

t.test('inspect prints what was ignored or guessed', (t) => {
  const warnings = ['config.json: something is ignored'];
  t.strictSame(inspect({ ...source, warnings }, 4096 * MIB).warnings, warnings);
  t.end();
});

t.test('a pool of maxNumSeqs whole contexts where there is room', async (t) => {
  const plan = planMemory(request());
  t.equal(plan.kvBytesPerToken, TOKEN_VALUES * 2);
  t.equal(plan.kvBlocks, (4 * 8192) / 16);
  t.equal(plan.contextLength, 8192);
  t.match(
    plan.lines.join('\n'),
    /768 B a token .*\n.*2048 blocks .*32768 tokens: 4 requests at the full context of 8192/,
  );
});

t.test('KV in float where everything is', async (t) => {
  const plan = planMemory(request({ compute: 'float' }));
  t.equal(plan.kvBytesPerToken, TOKEN_VALUES * 4);
  t.equal(plan.weightBytes, 2 * planMemory(request()).weightBytes - normBytes());
});

/** Vectors are in float32 in any case: the float plan doubles the rest, which is bfloat16. */
function normBytes(): number {
  return tensors.filter(({ rows }) => rows === 1).reduce((sum, { cols }) => sum + 4 * cols, 0);
}

t.test('weights as they will be resident', async (t) => {
  const matrices = tensors.filter(({ rows }) => rows > 1);
  const values = matrices.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  const embedding = 384 * 128;
  const options = { tensors, compute: 'auto', quantize: 'none' } as const;
  t.equal(residentBytes(options), 2 * values + normBytes());
  t.equal(residentBytes({ ...options, quantize: 'q8_0' }), (values * 34) / 32 + normBytes());
  t.equal(
    residentBytes({ ...options, quantize: 'q4_0' }),
    ((values - embedding) * 18) / 32 + (embedding * 34) / 32 + normBytes(),
    'the embedding is kept in q8_0',
  );
  const q6k = { ...matrices[0], format: 'q6_k', rows: 2, cols: 256 };
  t.equal(residentBytes({ ...options, tensors: [q6k] }), 2 * (256 + 16 + 2), 'a byte a code');
  const q3k = { ...q6k, format: 'q3_k' };
  t.equal(residentBytes({ ...options, tensors: [q3k] }), 2 * (256 + 16 + 2), 'converted to q6_k');
  const q5k = { ...q6k, format: 'q5_k' };
  t.equal(residentBytes({ ...options, tensors: [q5k] }), (2 * 256 * 36) / 32, 'converted to q5_1');
  const q2k = { ...q6k, format: 'q2_k' };
  t.equal(residentBytes({ ...options, tensors: [q2k] }), (2 * 256 * 34) / 32, 'converted to q8_0');
  const q4k = { ...q6k, format: 'q4_k' };
  t.equal(residentBytes({ ...options, tensors: [q4k] }), (2 * 256 * 20) / 32, 'converted to q4_1');
});

t.test('the addon takes what the plan says', async (t) => {
  const addon = loadAddon();
  const options = [
    ['auto', 'none'],
    ['auto', 'q8_0'],
    ['auto', 'q4_0'],
    ['float', 'none'],
  ] as const;
  for (const [compute, quantize] of options) {
    const plan = planMemory(request({ compute, quantize, requestedContext: 1024 }));
    const model = addon.loadModel({
      files: source.files,
      spec: { ...spec, contextLength: plan.contextLength },
      tensors,
      compute,
      quantize,
      threads: 2,
      cpus: [],
      kvBlocks: plan.kvBlocks,
      maxRows: 64,
      isa: '',
      signals: new Int32Array(new SharedArrayBuffer(4 * SIGNAL_WORDS)),
    });
    const { weightBytes, kvBlockBytes, scratchBytes } = model.info;
    model.close();
    const label = `${compute}, ${quantize}`;
    t.equal(kvBlockBytes, 16 * plan.kvBytesPerToken, label);
    // Matrices and vectors begin on cache lines, and rows are padded to tiles.
    t.ok(Math.abs(weightBytes / plan.weightBytes - 1) < 0.02, `${label}: ${weightBytes}`);
    t.ok(scratchBytes < 1.1 * plan.scratchBytes, `${label}: ${scratchBytes} of scratch`);
  }
});

t.test('the context shrinks to the pool unless it was asked for', async (t) => {
  const kvMemoryBytes = 100 * 16 * TOKEN_VALUES * 2 + 5;
  const plan = planMemory(request({ kvMemoryBytes }));
  t.equal(plan.kvBlocks, 100);
  t.equal(plan.contextLength, 1600);
  t.match(plan.lines.at(-1), /context: 1600 instead of the model's 8192/);

  const error = failure(t, { kvMemoryBytes, requestedContext: 1601 });
  t.equal(error.code, 'context_too_long');
  t.match(error.message, /--max-model-len 1601 needs 1.2 MiB .* the pool holds 1600 tokens/);
  t.equal(planMemory(request({ kvMemoryBytes, requestedContext: 1600 })).contextLength, 1600);
});

t.test('what does not fit', async (t) => {
  const tooLong = failure(t, { requestedContext: 8193 });
  t.equal(tooLong.code, 'context_too_long');
  t.match(tooLong.message, /8193 is more than the model's context of 8192\.$/);

  const limited = { ...spec, contextLimitedBy: 'attention_chunk_size 8192' };
  t.match(failure(t, { spec: limited, requestedContext: 9000 }).message, /attention_chunk_size/);

  const noMemory = failure(t, { availableBytes: 100 * MIB });
  t.equal(noMemory.code, 'out_of_memory');
  t.match(noMemory.message, /No KV block .* of 100 MiB available/);
  t.equal(failure(t, { kvMemoryBytes: 100 }).code, 'context_too_long');
});

t.test('memory that is asked for beyond what is free is a warning', async (t) => {
  const plan = planMemory(request({ kvMemoryBytes: 8192 * MIB }));
  t.match(plan.lines.at(-1), /warning: --kv-memory asks for more/);
  t.notMatch(planMemory(request({ kvMemoryBytes: MIB })).lines.join(), /warning/);
});

t.test('plans never exceed what is available', async (t) => {
  const beyond: number[] = [];
  for (let available = 256; available <= 2048; available += 64) {
    const availableBytes = available * MIB;
    const plan = planMemory(request({ availableBytes, maxNumSeqs: 1000 }));
    const pool = plan.kvBlocks * 16 * plan.kvBytesPerToken;
    const total = plan.weightBytes + plan.scratchBytes + plan.reserveBytes + pool;
    if (total > availableBytes || plan.boundBytes > total) beyond.push(available);
  }
  t.strictSame(beyond, []);
});

t.test('what requests take is part of the reserve and of the bound', async (t) => {
  const [none, some] = [0, 100 * MIB].map((requestBytes) => planMemory(request({ requestBytes })));
  t.equal(some.reserveBytes - none.reserveBytes, 100 * MIB);
  t.equal(some.boundBytes - none.boundBytes, 100 * MIB);
  t.match(some.lines.join('\n'), /memory: at most .*, KV cache .*, requests 100 MiB, program/);
});

t.test('sizes for people', async (t) => {
  t.equal(formatBytes(0), '0 B');
  t.equal(formatBytes(1023), '1023 B');
  t.equal(formatBytes(22.5 * 1024), '22.5 KiB');
  t.equal(formatBytes(100.4 * MIB), '100 MiB');
  t.equal(formatBytes(3 * 2 ** 40), '3 TiB');
});

t.test('inspection', async (t) => {
  const report = inspect(source, 4096 * MIB, 1024);
  t.match(report, {
    architecture: 'llama',
    parameters: 418688,
    formats: [{ format: 'bf16', tensors: 29, bytes: 837376 }],
    tokenizer: { bosId: 379, addBos: true, eosIds: [380, 383], chatTemplate: true },
    memory: { contextLength: 1024, kvBytesPerToken: 768 },
  });
  t.match(inspect(source, MIB), { memory: null, arithmetic: [/No KV block/] });
  t.throws(() => inspect(source, 4096 * MIB, 8193), { code: 'context_too_long' });
});

// The machine

/** A folder that stands for "/". */
function machine(t: Test, files: Readonly<Record<string, string>>): string {
  const root = t.testdir();
  const meminfo = 'MemTotal: 8000000 kB\nMemAvailable:    4000000 kB\n';
  for (const [path, text] of Object.entries({ '/proc/meminfo': meminfo, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const V2_MOUNT = '30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n';

t.test('without cgroups, MemAvailable', async (t) => {
  t.strictSame(availableMemory(machine(t, {})), { bytes: 4096000000, boundBy: 'MemAvailable' });
});

t.test('cgroup v2: the tightest level counts, page cache does not', async (t) => {
  const root = machine(t, {
    '/proc/self/mountinfo': V2_MOUNT,
    '/proc/self/cgroup': '0::/system.slice/kinglet.service\n',
    '/sys/fs/cgroup/system.slice/kinglet.service/memory.max': 'max\n',
    '/sys/fs/cgroup/system.slice/kinglet.service/memory.current': '1000\n',
    '/sys/fs/cgroup/system.slice/memory.max': '1000000000\n',
    '/sys/fs/cgroup/system.slice/memory.current': '600000000\n',
    '/sys/fs/cgroup/system.slice/memory.stat': 'anon 1\ninactive_file 200000000\nactive_file 7\n',
  });
  t.strictSame(availableMemory(root), {
    bytes: 600000000,
    boundBy: '/sys/fs/cgroup/system.slice/memory.max',
  });
});

t.test('cgroup v2: a container that sees its own root', async (t) => {
  const root = machine(t, {
    '/proc/self/mountinfo': V2_MOUNT,
    '/proc/self/cgroup': '0::/\n',
    '/sys/fs/cgroup/memory.max': '536870912\n',
    '/sys/fs/cgroup/memory.current': '36870912\n',
  });
  t.match(availableMemory(root), { bytes: 500000000, boundBy: '/sys/fs/cgroup/memory.max' });
});

t.test('cgroup v1: a container that sees the host path', async (t) => {
  const root = machine(t, {
    '/proc/self/mountinfo':
      '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n' +
      '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n' +
      '36 31 0:33 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n',
    '/proc/self/cgroup': '4:memory:/docker/abc\n1:cpu:/docker/abc\n0::/\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': '300000000\n',
    '/sys/fs/cgroup/memory/memory.usage_in_bytes': '150000000\n',
    '/sys/fs/cgroup/memory/memory.stat': 'total_inactive_file 50000000\n',
  });
  t.strictSame(availableMemory(root), {
    bytes: 200000000,
    boundBy: '/sys/fs/cgroup/memory/memory.limit_in_bytes',
  });
});

t.test('cgroup v1: no limit, and parents', async (t) => {
  const files = {
    '/proc/self/mountinfo': '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
    '/proc/self/cgroup': '4:memory:/user/session\n',
    '/sys/fs/cgroup/memory/user/session/memory.limit_in_bytes': '9223372036854771712\n',
    '/sys/fs/cgroup/memory/user/session/memory.usage_in_bytes': '5\n',
  };
  t.equal(availableMemory(machine(t, files)).boundBy, 'MemAvailable');
  const parent = {
    '/sys/fs/cgroup/memory/user/memory.limit_in_bytes': '1000\n',
    '/sys/fs/cgroup/memory/user/memory.usage_in_bytes': '4000\n',
  };
  t.match(availableMemory(machine(t, { ...files, ...parent })), { bytes: 0 }, 'never below 0');
});

t.test('this machine', async (t) => {
  const { bytes, boundBy } = availableMemory();
  t.ok(bytes > MIB && Number.isFinite(bytes), `${bytes} by ${boundBy}`);
});
