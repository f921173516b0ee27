import { readFileSync } from 'node:fs';
import t from 'tap';
import { Command } from 'commander';
import {
  checkServeConfig,
  isLoopback,
  longName,
  SERVE_FLAGS,
  serveConfig,
  type Flag,
} from '../../src/config.js';
import { unknownVariables } from '../../src/cli/environment.js';
import { addServeOptions, configOf, expandAliases } from '../../src/cli/serve-options.js';
import { REPOSITORY } from '../support/reference.js';

function parse(argv: string[], env: Record<string, string> = {}) {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    const command = addServeOptions(new Command('serve').exitOverride());
    command.configureOutput({ writeErr: () => undefined });
    command.parse(expandAliases(argv), { from: 'user' });
    return configOf(command);
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

t.test('without flags the table gives the defaults', async (t) => {
  t.strictSame(parse([]), serveConfig());
  t.match(serveConfig(), {
    host: '127.0.0.1',
    port: 8080,
    maxNumSeqs: 64,
    maxStepMs: 250,
    maxBodyBytes: 4194304,
    maxHeaderBytes: 16384,
    maxFrameBytes: 4194304,
    maxConnections: 1024,
    keepAliveSeconds: 75,
    gracePeriodSeconds: 10,
    maxSamples: 128,
    maxPrompts: 128,
    maxTopLogprobs: 20,
    maxLogitBias: 1024,
    maxStopBytes: 256,
    reasoningField: 'both',
    speculate: 'auto',
  });
});

t.test('flags, their short and other spellings', async (t) => {
  const config = parse([
    '-np',
    '8',
    '-c',
    '2048',
    '-t',
    '3',
    '--alias=small',
    '--served-model-name',
    'a,b',
    '--kv-memory',
    '1.5GiB',
    '--api-key',
    'one',
    '--api-key',
    'two',
    '--allowed-host',
    'Pi.local',
    '--cors-origin',
    'https://chat.example',
    '--quantize',
    'q8_0',
    '--log-prompts',
  ]);
  t.match(config, {
    maxNumSeqs: 8,
    maxModelLen: 2048,
    threads: 3,
    kvMemory: 1610612736,
    quantize: 'q8_0',
    logPrompts: true,
  });
  t.strictSame(config.servedModelNames, ['small', 'a', 'b']);
  t.strictSame(config.apiKeys, ['one', 'two']);
  t.strictSame(config.allowedHosts, ['pi.local']);
  t.strictSame(config.corsOrigins, ['https://chat.example']);
});

t.test('a comma is part of a key on the command line', async (t) => {
  const config = parse(['--api-key', 'a,b', '--api-key=c'], { KINGLET_API_KEY: 'd' });
  t.strictSame(config.apiKeys, ['a,b', 'c']);
  t.strictSame(parse([], { KINGLET_API_KEY: 'a,b' }).apiKeys, ['a', 'b']);
  t.strictSame(parse([], { KINGLET_ALLOWED_HOST: 'Pi, box' }).allowedHosts, ['pi', 'box']);
  t.throws(() => parse([], { KINGLET_CORS_ORIGIN: 'https://a.b,nonsense' }), {
    code: 'invalid_flag',
    message: /^KINGLET_CORS_ORIGIN: .*'nonsense'/,
  });
});

t.test('variables that mean nothing are told, with what they may have meant', async (t) => {
  const warnings = unknownVariables({
    KINGLET_PORT: '1',
    KINGLET_PROT: '1',
    KINGLET_MAX_CONECTIONS: '1',
    KINGLET_API_KEYS: 'secret',
    KINGLET_SOMETHING_ELSE_ENTIRELY: '1',
    KINGLET_ADDON: 'x',
    KINGLET_TEST_MODEL: 'x',
    KINGLET_SERVICE_HOST: '10.0.0.1',
    KINGLET_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
    OTHER: '1',
  });
  t.match(warnings, [
    /^KINGLET_PROT .*did you mean KINGLET_PORT\?$/,
    /^KINGLET_MAX_CONECTIONS .*did you mean KINGLET_MAX_CONNECTIONS\?$/,
    /^KINGLET_API_KEYS .*did you mean KINGLET_API_KEY\?$/,
    /^KINGLET_SOMETHING_ELSE_ENTIRELY .*not looked at\.$/,
  ]);
  t.equal(warnings.length, 4);
  t.notMatch(warnings.join(), 'secret');
});

t.test('the environment sets what the command line does not', async (t) => {
  const env = { KINGLET_PORT: '9000', KINGLET_API_KEY: 'a, b', KINGLET_MAX_BODY: '1M' };
  const config = parse([], env);
  t.equal(config.port, 9000);
  t.strictSame(config.apiKeys, ['a', 'b']);
  t.equal(config.maxBodyBytes, 1048576);
  t.equal(parse(['--port', '1'], env).port, 1);
  t.equal(parse(['--speculate', 'off'], { KINGLET_SPECULATE: '4' }).speculate, 'off');
  t.equal(parse([], { KINGLET_SPECULATE: '16' }).speculate, 16);
  t.equal(parse([], { KINGLET_INSECURE: '0' }).insecure, false, 'a switch set to 0 is off');
  t.equal(parse([], { KINGLET_INSECURE: '1' }).insecure, true);
});

t.test('wrong values are refused, with the flag or the variable named', async (t) => {
  const wrong: [string, string][] = [
    ['--port', '65536'],
    ['--port', '-1'],
    ['--port', '1e3'],
    ['--threads', '0'],
    ['--kv-memory', '-5'],
    ['--kv-memory', '1T'],
    ['--kv-memory', '0'],
    ['--quantize', 'q3'],
    ['--speculate', 'on'],
    ['--speculate', '0'],
    ['--speculate', '17'],
    ['--speculate', '2.5'],
    ['--max-top-logprobs', '21'],
    ['--allowed-host', 'http://pi'],
    ['--cors-origin', 'chat.example/path'],
    ['--cors-origin', 'https://chat.example/path'],
    ['--log-level', 'loud'],
    ['--host', ' '],
  ];
  const starts = (name: string) => new RegExp(`^${name}: expected `);
  for (const [flag, value] of wrong) {
    const error = { code: 'invalid_flag', message: starts(flag) };
    t.throws(() => parse([`${flag}=${value}`]), error, flag);
    // What was written is named: a variable is no flag.
    const variable = SERVE_FLAGS.find(({ flags }) => longName(flags) === flag)!.env;
    const told = { code: 'invalid_flag', message: starts(variable) };
    t.throws(() => parse([], { [variable]: value }), told, variable);
    t.throws(() => parse([`${flag}=${value}`], { [variable]: value }), error, 'the flag counts');
  }
  let message = '';
  try {
    parse(['--api-key', 'se cret']);
  } catch (error) {
    message = (error as Error).message;
  }
  t.match(message, '--api-key');
  t.notMatch(message, 'cret', 'a refused key is not repeated');
});

t.test('an address that others reach needs a key or --insecure', async (t) => {
  t.throws(() => checkServeConfig(serveConfig({ host: '0.0.0.0' })), { code: 'invalid_flag' });
  t.throws(() => checkServeConfig(serveConfig({ host: '::' })), { code: 'invalid_flag' });
  t.doesNotThrow(() => checkServeConfig(serveConfig({ host: '0.0.0.0', apiKeys: ['k'] })));
  t.doesNotThrow(() => checkServeConfig(serveConfig({ host: '0.0.0.0', insecure: true })));
  t.doesNotThrow(() => checkServeConfig(serveConfig()));
});

t.test('loopback addresses', async (t) => {
  for (const host of ['127.0.0.1', '127.8.9.1', '::1', '[::1]', 'localhost']) {
    t.ok(isLoopback(host), host);
  }
  for (const host of ['0.0.0.0', '::', '192.168.0.2', 'pi.local', '128.0.0.1', '127.0.0.1.evil']) {
    t.notOk(isLoopback(host), host);
  }
});

t.test('the table is sound', async (t) => {
  const unique = (values: unknown[]) => new Set(values).size === values.length;
  t.ok(unique(SERVE_FLAGS.map((flag) => flag.key)));
  t.ok(unique(SERVE_FLAGS.map((flag) => flag.env)));
  for (const flag of SERVE_FLAGS) t.match(flag.env, /^KINGLET_[A-Z_]+$/);
});

t.test('the README has the rows of the table', async (t) => {
  const cells = (line: string) => line.split('|').map((cell) => cell.trim());
  const rows = readFileSync(new URL('README.md', REPOSITORY), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `-'))
    .map((line) => cells(line).slice(1, 5));
  const shown = (flag: Flag) => {
    if (flag.parse === null) return 'off';
    if (typeof flag.default === 'number') return `\`${flag.default}\``;
    return typeof flag.default === 'string' && flag.default !== '' ? `\`${flag.default}\`` : '';
  };
  t.strictSame(
    rows,
    SERVE_FLAGS.map((flag) => [
      [flag.flags, ...flag.aliases].map((spelling) => `\`${spelling}\``).join(', '),
      `\`${flag.env}\``,
      shown(flag),
      flag.help,
    ]),
  );
});
