/** The order of rooms in native/ and src/, as docs/architecture.md has it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { REPOSITORY } from '../support/reference.js';
import { readRooms, type Rooms } from '../support/rooms/order.js';
import type { SourceFile } from '../support/rooms/references.js';
import { nativeProblems, sourceProblems } from '../support/rooms/rules.js';

const read = (place: string): string => readFileSync(new URL(place, REPOSITORY), 'utf8');
const ORDER = read('docs/architecture.md');

function filesUnder(folder: string, name: RegExp): SourceFile[] {
  const names = readdirSync(new URL(folder, REPOSITORY), { encoding: 'utf8', recursive: true });
  return names
    .filter((path) => name.test(path))
    .map((path) => ({ path: `${folder}${path}`, text: read(`${folder}${path}`) }));
}

/** Headers that CMake makes of rows (cmake/registries.cmake): what they hold includes nothing. */
function generatedHeaders(): SourceFile[] {
  const makes = read('cmake/registries.cmake').matchAll(/\bkinglet_generate\((\S+\.h) /g);
  return [...makes].map(([, header]) => ({ path: `native/${header}`, text: '' }));
}

t.test('includes of native/', async (t) => {
  const files = [
    ...filesUnder('native/', /\.(?:cpp|h|def)$/),
    ...filesUnder('bench/', /\.(?:cpp|h)$/),
    ...generatedHeaders(),
  ];
  t.strictSame(nativeProblems(files, readRooms(ORDER, 'native')), []);
});

t.test('imports of src/', async (t) => {
  const files = filesUnder('src/', /\.ts$/);
  t.strictSame(sourceProblems(files, readRooms(ORDER, 'src')), []);
});

t.test(
  'the table of rooms in CONTRIBUTING.md has every room and folder, and no other',
  async (t) => {
    const table = /\n## Where things are\n([^]*?)\n## /.exec(read('CONTRIBUTING.md'))![1]!;
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) =>
      [...row.split('|')[1]!.matchAll(/`((?:src|native)\/[^`]*)`/g)].map(([, path]) => path!),
    );
    const rooms = (['src', 'native'] as const).flatMap((root) => [
      ...readRooms(ORDER, root).levels.flatMap((level) => level.map((room) => `${root}/${room}`)),
      ...readdirSync(new URL(root, REPOSITORY), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${root}/${entry.name}`),
    ]);
    const missing = rooms.filter(
      (room) => !named.some((path) => path.replace(/\.\w+$/, '') === room),
    );
    t.strictSame(missing, [], 'rooms without a row');
    t.strictSame(
      named.filter((path) => !existsSync(new URL(path, REPOSITORY))),
      [],
      'rows of what is gone',
    );
  },
);

t.test('docs/architecture.md names files that are there', async (t) => {
  const named = [...ORDER.matchAll(/`((?:src|native|test)\/[^`]*)`/g)].map(([, path]) => path!);
  t.ok(named.length > 40);
  t.strictSame(
    named.filter((path) => !existsSync(new URL(path, REPOSITORY))),
    [],
  );
});

/** Two levels of two rooms each. */
function rooms(root: Rooms['root']): Rooms {
  return readRooms(`\`\`\`rooms of ${root}\nlow   main\nhigh  binding\n\`\`\`\n`, root);
}

const NATIVE: SourceFile[] = [
  { path: 'native/low/a.h', text: '#include <vector>\n' },
  { path: 'native/main.cpp', text: '' },
  { path: 'native/high/b.cpp', text: '#include "low/a.h"\n' },
  { path: 'native/binding/c.cpp', text: '#include <napi.h>\n#include "low/a.h"\n' },
  { path: 'native/test/d.cpp', text: '#include "high/b.cpp"\n#include "test/e.h"\n' },
  { path: 'native/test/e.h', text: '' },
];

const SOURCE: SourceFile[] = [
  { path: 'src/low/a.ts', text: "import { join } from 'node:path';\n" },
  { path: 'src/main.ts', text: "const entry = new URL('./main.js', import.meta.url);\n" },
  { path: 'src/high/b.ts', text: "import type { A } from '../low/a.js';\n" },
  { path: 'src/binding/c.ts', text: "export { A } from '../low/a.js';\n" },
];

/** `files` with a file of other text, or with one more. */
function having(files: readonly SourceFile[], path: string, text: string): SourceFile[] {
  return [...files.filter((file) => file.path !== path), { path, text }];
}

t.test('what each rule of includes finds', async (t) => {
  const find = (path: string, text: string): string[] =>
    nativeProblems(having(NATIVE, path, text), rooms('native'));
  t.strictSame(nativeProblems(NATIVE, rooms('native')), []);
  t.strictSame(find('native/low/a.h', '\n  # include "high/h.h"\n'), [
    `native/low/a.h:2: "high/h.h" isn't found from native/, where includes begin: there is no such file`,
  ]);
  t.strictSame(find('native/low/x.h', '\n  # include "high/b.cpp"\n'), [
    `native/low/x.h:2: "high/b.cpp" is of the room high, which isn't below low: take from low, or move what both need down there`,
  ]);
  t.strictSame(find('native/main.cpp', '#include "low/a.h"\n'), [
    `native/main.cpp:1: "low/a.h" is of the room low, which isn't below main: take from main, or move what both need down there`,
  ]);
  t.strictSame(find('native/low/x.cpp', '// C++\n#include "a.h"\n'), [
    `native/low/x.cpp:2: "a.h" isn't found from native/, where includes begin: write "low/a.h"`,
  ]);
  t.strictSame(find('native/high/b.cpp', '#include <low/a.h>\n'), [
    `native/high/b.cpp:1: <low/a.h> is Kinglet's own: write it in quotes, "low/a.h"`,
  ]);
  t.strictSame(find('native/low/x.cpp', '#include <napi.h>\n'), [
    `native/low/x.cpp:1: <napi.h> is a header of Node's: only native/binding knows Node; hand over what it reads as a plain value`,
  ]);
  for (const file of ['native/high/b.cpp', 'bench/x.cpp']) {
    t.strictSame(find(file, '#include "test/e.h"\n'), [
      `${file}:1: "test/e.h" belongs to the tests: move what others need out of native/test`,
    ]);
  }
});

t.test('what each rule of imports finds', async (t) => {
  const find = (path: string, text: string): string[] =>
    sourceProblems(having(SOURCE, path, text), rooms('src'));
  t.strictSame(sourceProblems(SOURCE, rooms('src')), []);
  const upward =
    "is of the room high, which isn't below low: take from low, or move what both need down there";
  for (const text of [
    "import { b } from '../high/b.js';",
    "import type { B } from '../high/b.js';",
    "export * from '../high/b.js';",
    "const b = await import('../high/b.js');",
  ]) {
    t.strictSame(find('src/low/x.ts', `\n${text}\n`), [`src/low/x.ts:2: '../high/b.js' ${upward}`]);
  }
  t.strictSame(find('src/low/x.ts', "new Worker(new URL('../high/b.js', import.meta.url));\n"), [
    `src/low/x.ts:1: '../high/b' ${upward}`,
  ]);
  t.strictSame(find('src/binding/c.ts', "import { b } from '../high/b.js';\n"), [
    `src/binding/c.ts:1: '../high/b.js' is of the room high, which isn't below binding: take from binding, low, main, or move what both need down there`,
  ]);
  t.strictSame(find('src/high/b.ts', "import { s } from '../../test/s.js';\n"), [
    `src/high/b.ts:1: '../../test/s.js' is test/s.ts, which is no file of src: src stands alone: move what it needs from there into src`,
  ]);
});

t.test('circles, and rooms without a place', async (t) => {
  const circle = having(
    having(SOURCE, 'src/low/a.ts', "import { x } from './x.js';\n"),
    'src/low/x.ts',
    "import type { A } from './a.js';\n",
  );
  t.strictSame(sourceProblems(circle, rooms('src')), [
    'src/low/a.ts:1 takes from src/low/x.ts, src/low/x.ts:1 takes from src/low/a.ts: a circle; move what they share into a file of its own, or hand it down',
  ]);
  t.strictSame(
    nativeProblems(having(NATIVE, 'native/low/a.h', '#include "low/a.h"\n'), rooms('native')),
    [
      'native/low/a.h:1 takes from native/low/a.h: a circle; move what they share into a file of its own, or hand it down',
    ],
  );
  t.strictSame(sourceProblems(having(SOURCE, 'src/attic/y.ts', ''), rooms('src')), [
    'src/attic has no place in the order of docs/architecture.md',
  ]);
  const withoutMain = SOURCE.filter(({ path }) => path !== 'src/main.ts');
  t.strictSame(sourceProblems(withoutMain, rooms('src')), [
    "docs/architecture.md orders src/main, which isn't there",
  ]);
  t.throws(() => readRooms('# Nothing\n', 'src'), /no block of code "rooms of src"/);
});
