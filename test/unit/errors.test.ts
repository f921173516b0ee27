import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { REPOSITORY } from '../support/reference.js';
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

t.test('what several places raise is worded once', async (t) => {
  const sources = readdirSync(new URL('src/', REPOSITORY), { recursive: true, encoding: 'utf8' });
  const wordings = sources
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [
      ...read(`src/${name}`).matchAll(/new KingletError\(\s*('\w+',\s*(['"`]).*?\2)[,)\n ]/gs),
    ])
    .map(([, wording = '']) => wording.replace(/\$\{[^}]*\}/g, '…').replace(/\s+/g, ' '));
  t.ok(wordings.includes(`'shutting_down', 'The server is shutting down.'`), 'they are found');
  const twice = wordings.filter((wording, i) => wordings.indexOf(wording) !== i);
  t.strictSame(twice, [], 'these belong into src/errors/');
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
