import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { REPOSITORY } from '../support/reference.js';
import type { SourceFile } from '../support/rooms/references.js';
import { raisedCodes, repeated, wordings } from '../support/wordings.js';
import { ERRORS, isErrorCode, KingletError, type ErrorCode } from '../../src/errors.js';

const read = (place: string) => readFileSync(new URL(place, REPOSITORY), 'utf8');

t.test('docs/errors.md has the rows of the table, in its order', async (t) => {
  const rows = read('docs/errors.md')
    .split('\n')
    .map((line) => /^\| `(\w+)` +\| (\d+) +\| `(\w+)` +\| (.+) \|$/.exec(line))
    .filter((match) => match !== null);
  t.strictSame(
    rows.map(([, code, status, type]) => [code, Number(status), type]),
    Object.entries(ERRORS).map(([code, [status, type]]) => [code, status, type]),
  );
  for (const [, code, , , text = ''] of rows) t.ok(text.length > 10, `${code} is explained`);
});

t.test('every code that C++ reports is in the table', async (t) => {
  const names = [...read('native/platform/status.cpp').matchAll(/return "(\w+)";/g)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'ok' && name !== 'unknown');
  const [, enumerators = ''] =
    /enum class ErrorCode \{([^}]*)\}/.exec(read('native/platform/status.h')) ?? [];
  const declared = [...enumerators.matchAll(/^ {2}(\w+),/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'ok');
  t.strictSame(names, declared, 'error_code_name() knows each enumerator under its name');
  t.ok(names.includes('out_of_memory'), 'they are found');
  for (const name of names) t.ok(isErrorCode(name), name);
});

const SOURCES: readonly SourceFile[] = readdirSync(new URL('src/', REPOSITORY), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ path: `src/${name}`, text: read(`src/${name}`) }));

t.test('what several places say is worded once', async (t) => {
  const found = new Set(SOURCES.flatMap(wordings).map(({ text }) => text));
  for (const text of ['The server is shutting down.', 'There is … at ….', 'is not JSON (…)']) {
    t.ok(found.has(text), `it is found: ${text}`);
  }
  t.strictSame(repeated(SOURCES), new Map(), 'these need a constructor that all of them call');
});

t.test('every way to word a message is seen', async (t) => {
  const said = 'the third is wrong, not yours';
  for (const text of [
    `throw new KingletError('not_found', 'the third is wrong, not yours');`,
    `throw refuse(file, "the third is wrong, not yours");`,
    'throw refuse(`the third is wrong,\n not yours`,\n);',
    `const message = ok ? 'fine' : 'the third is ' + 'wrong, not yours';`,
    `const WHY = { third: ['a', 'The third is wrong, not yours.'] };`,
    'fail(`${file}: the third is wrong, not yours`);',
    'fail(`${why(`the third is wrong, not yours`)} at ${place}`);',
  ]) {
    const files = [
      { path: 'src/a.ts', text: `say('${said}');\n` },
      { path: 'src/b.ts', text },
    ];
    t.strictSame(repeated(files), new Map([[said, ['src/a.ts:1', 'src/b.ts:1']]]), text);
  }
  const apart = (a: string, b: string) =>
    repeated([
      { path: 'src/a.ts', text: a },
      { path: 'src/b.ts', text: b },
    ]).size;
  t.equal(apart('f(`${a} has ${n} of them all`)', 'g(`${b} has ${m.x()} of them all`)'), 1);
  t.equal(apart('f(`${a} has 3 of them all`)', 'g(`${b} has ${m} of them all`)'), 1);
  t.equal(apart("f('has none of them all')", "g('has some of them all')"), 0);
  t.equal(apart("import 'has none of them'", "let x: 'has none of them' | 'this and that'"), 0);
});

t.test('every code is raised', async (t) => {
  const native = readdirSync(new URL('native/', REPOSITORY), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(h|cpp)$/.test(name) && !name.startsWith('platform/status.'))
    .map((name) => read(`native/${name}`))
    .join('\n');
  const raised = new Set(
    SOURCES.filter(({ path }) => path !== 'src/errors.ts').flatMap(raisedCodes),
  );
  for (const code of Object.keys(ERRORS)) {
    t.ok(raised.has(code) || new RegExp(`ErrorCode::${code}\\b`).test(native), code);
  }
  const compared = {
    path: 'src/a.ts',
    text: `if (e.code === 'not_found') f(); switch (c) { case 'queue_full': } let x: 'cancelled';`,
  };
  t.strictSame(raisedCodes(compared), [], 'to look at a code is not to raise it');
});

t.test('statuses are HTTP errors and types are OpenAI’s', async (t) => {
  const types = new Set([
    'invalid_request_error',
    'authentication_error',
    'permission_error',
    'rate_limit_error',
    'server_error',
  ]);
  for (const [code, [status, type]] of Object.entries(ERRORS)) {
    t.ok(status >= 400 && status < 600, code);
    t.ok(types.has(type), code);
  }
});

t.test('an error carries what its row says', async (t) => {
  const cause = new Error('why');
  const error = new KingletError('queue_full', 'Full.', { retryAfter: 3, param: 'n', cause });
  t.match(error, { status: 429, type: 'rate_limit_error', retryAfter: 3, param: 'n', cause });
  t.match(new KingletError('not_found', 'Nothing.'), { param: null, retryAfter: null });
  for (const no of ['nonsense', 'toString', '__proto__', 7, undefined]) t.notOk(isErrorCode(no));
  const code: ErrorCode = 'not_found';
  t.ok(isErrorCode(code));
});
