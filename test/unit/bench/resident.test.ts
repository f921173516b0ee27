import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { heapsByRole, parseToldHeaps } from '../../../bench/serving/heaps.js';
import { beyondModel, residentNow, totalOf } from '../../../bench/serving/resident.js';
import {
  parseSmaps,
  parseStackPointer,
  residentByKind,
  type Mapping,
} from '../../../bench/serving/smaps.js';
import { parseToldThreads } from '../../../bench/serving/thread-names.js';
import { sharedBytes } from '../../../bench/serving/tokenizer-bytes.js';
import { loadAddon } from '../../../src/native/load-addon.js';
import { sampleOptions } from '../native/sample-batch.js';

const SMAPS = `55ae41568000-55ae415aa000 rw-p 00000000 00:00 0                          [heap]
Size:                264 kB
Rss:                  44 kB
VmFlags: rd wr mr mw me ac 
7f1042400000-7f1043400000 rw-p 00000000 00:00 0 
Size:              16384 kB
Rss:                4096 kB
Pss:                4096 kB
THPeligible:           1
VmFlags: rd wr mr mw me ac hg 
7f1042492000-7f1042494000 r--p 00000000 fe:00 326379                     /a folder/libffi.so.8.1.2
Rss:                   8 kB
VmFlags: rd mr mw me 
`;

t.test('smaps, mapping by mapping', async (t) => {
  const none = { hugePages: false };
  t.strictSame(parseSmaps(SMAPS), [
    {
      ...{ start: 0x55ae41568000, end: 0x55ae415aa000, permissions: 'rw-p', path: '[heap]' },
      ...{ resident: 44 << 10, ...none },
    },
    {
      ...{ start: 0x7f1042400000, end: 0x7f1043400000, permissions: 'rw-p', path: '' },
      ...{ resident: 4 << 20, hugePages: true },
    },
    {
      ...{ start: 0x7f1042492000, end: 0x7f1042494000, permissions: 'r--p' },
      ...{ path: '/a folder/libffi.so.8.1.2', resident: 8 << 10, ...none },
    },
  ]);
  t.strictSame(parseSmaps(''), []);
});

t.test('every mapping counts as one kind', async (t) => {
  const mapping = (start: number, more: Partial<Mapping> = {}): Mapping => ({
    ...{ start, end: start + 0x10000, permissions: 'rw-p', path: '' },
    ...{ resident: 1, hugePages: false, ...more },
  });
  const HEAP = 64 << 20;
  const mappings = [
    mapping(0x1000, { path: '/usr/bin/node', resident: 2 }),
    mapping(0x20000, { path: '[heap]', resident: 4 }),
    // An arena's heap with a part that is not in use yet, and one that is full.
    mapping(HEAP, { resident: 8 }),
    mapping(HEAP + 0x10000, { end: 2 * HEAP, permissions: '---p', resident: 0 }),
    mapping(2 * HEAP, { end: 3 * HEAP, resident: 16 }),
    // At such a multiple by chance.
    mapping(4 * HEAP, { resident: 32 }),
    mapping(5 * HEAP + 0x10000, { resident: 64 }),
    mapping(6 * HEAP, { hugePages: true, resident: 128 }),
    mapping(7 * HEAP + 0x1000, { resident: 256 }),
    mapping(8 * HEAP, { path: '/opt/kinglet/build/Release/kinglet.node', resident: 512 }),
    mapping(9 * HEAP, { path: '/usr/lib/libc.so.6', resident: 1024 }),
    mapping(10 * HEAP, { path: '[stack]', resident: 2048 }),
  ];
  t.strictSame(residentByKind(mappings, [7 * HEAP + 0x1008], '/usr/bin/node'), {
    ...{ model: 128, node: 2, addon: 512, 'other files': 1024 },
    ...{ stacks: 256 + 2048, arenas: 4 + 8 + 16, anonymous: 32 + 64 },
  });
});

t.test('stack pointers of threads that sleep', async (t) => {
  const waits = '202 0x7f1 0x80 0x0 0x0 0x0 0x0 0x7ffd3c 0x7f10aa\n';
  t.equal(parseStackPointer(waits), 0x7ffd3c);
  t.equal(parseStackPointer('-1 0x7ffd40 0x7f10aa'), 0x7ffd40);
  t.equal(parseStackPointer('running\n'), null);
});

t.test('heaps of one question, by role', async (t) => {
  const line = (asked: number, task: number, resident: number): string =>
    `${JSON.stringify({ asked, task, resident, young: 3, used: 5, arrayBuffers: 1 })}\n`;
  const text = line(1, 100, 7) + line(2, 100, 10) + line(2, 110, 20) + line(2, 111, 40) + '{"as';
  const threads = parseToldThreads(
    ['main 100 100', 'worker 110 /x/prompt-worker.js', 'worker 111 /x/prompt-worker.js'].join('\n'),
  );
  t.strictSame(
    [...heapsByRole(parseToldHeaps(text, 2), threads)],
    [
      ['event loop', { resident: 10, young: 3, used: 5, arrayBuffers: 1 }],
      ['prompt threads', { resident: 60, young: 6, used: 10, arrayBuffers: 2 }],
    ],
  );
  t.strictSame(parseToldHeaps('', 1), []);
});

t.test('a buffer that several arrays share is counted once', async (t) => {
  const words = new Int32Array(new SharedArrayBuffer(4096));
  const value = { words, part: words.subarray(3), list: [new Uint8Array(100)], none: null };
  t.equal(
    sharedBytes({ value, again: value, bytes: new Uint8Array(new SharedArrayBuffer(8)) }),
    4104,
  );
});

t.test("a model's memory is told from the rest, and children are counted", async (t) => {
  const options = await sampleOptions();
  const before = residentOrNull();
  const model = loadAddon().loadModel({ ...options, kvBlocks: 64 });
  const after = residentNow(process.pid);
  const { weightBytes } = model.info;
  t.ok(after.model - (before?.model ?? 0) >= weightBytes, `${after.model} of ${weightBytes}`);
  t.ok(after.node > 10e6 && after.addon > 1e5 && after.stacks > 1e4, JSON.stringify(after));
  t.ok(Math.abs(totalOf(after) / process.memoryUsage().rss - 1) < 0.1);
  t.equal(beyondModel(after), totalOf(after) - after.model);
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  await once(child, 'spawn');
  await t.resolves(nodeGrows(after.node));
  child.kill();
  await once(child, 'exit');
  model.close();

  function residentOrNull() {
    try {
      return residentNow(process.pid);
    } catch {
      return null;
    }
  }

  async function nodeGrows(from: number): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if (residentNow(process.pid).node > from + 5e6) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('a child was not counted');
  }
});
