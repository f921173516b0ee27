/** What bench/server was asked for. */
import { parseArgs } from 'node:util';
import { serveConfig } from '../../src/config.js';
import { integer } from '../../src/flag-values.js';
import { checkouts, type Checkout } from './checkout.js';

/** Answers that all clients ask for together, and each of them: fewer would be over soon. */
const LEAST_ANSWERS = 96;
const LEAST_EACH = 4;
/** Of all kinds, where --memory is asked for. */
const MIXED_REQUESTS = 10_000;

const USAGE = `usage: bench/server MODEL [flags] [-- flags of kinglet serve]
  --clients LIST   numbers of clients, separated by commas (1,8,32)
  --prompt TOKENS, --generate TOKENS   lengths of prompts and answers (128, 128)
  --rounds N       rounds, whose medians are printed (3)
  --requests N     chats of each client (4, and 96 of all clients at least)
  --threads N      threads of the engine (what kinglet chooses)
  --gaps           the gaps between tokens of the most clients while a long prompt arrives
  --long TOKENS    its length (8000)
  --idle SECONDS   what an idle server uses, and what the first token costs after that time
  --memory         what a server holds beyond weights, KV pool and scratch, before and after
                   requests of all kinds: --requests N of the most clients together (10000)
  --pause SECONDS  after them, until memory is looked at again (60)
  --against DIR    another checkout, built, in turn with this one`;

export interface Settings {
  readonly model: string;
  readonly checkouts: readonly Checkout[];
  readonly clients: readonly number[];
  readonly prompt: number;
  readonly generate: number;
  readonly rounds: number;
  /** null: by the number of clients. */
  readonly requests: number | null;
  readonly gaps: boolean;
  readonly long: number;
  /** Seconds; null: not asked for. */
  readonly idle: number | null;
  readonly memory: boolean;
  /** Of all clients together. */
  readonly mixedRequests: number;
  readonly pauseSeconds: number;
  readonly benchFlags: readonly string[];
  readonly serveFlags: readonly string[];
}

const count = integer(1, 1_000_000);

/** Throws where a flag is unknown or wrong, or no model is named. */
export function readSettings(argv: readonly string[]): Settings {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const { values, positionals } = parseArgs({
    args: argv.slice(0, end),
    allowPositionals: true,
    options: {
      clients: { type: 'string', default: '1,8,32' },
      prompt: { type: 'string', default: '128' },
      generate: { type: 'string', default: '128' },
      rounds: { type: 'string', default: '3' },
      requests: { type: 'string' },
      threads: { type: 'string' },
      gaps: { type: 'boolean', default: false },
      long: { type: 'string', default: '8000' },
      idle: { type: 'string' },
      memory: { type: 'boolean', default: false },
      pause: { type: 'string', default: '60' },
      against: { type: 'string' },
    },
  });
  const [model, ...others] = positionals;
  if (model === undefined || others.length > 0) throw new Error(USAGE);
  const { requests, threads, idle } = values;
  const requestsAsked = requests === undefined ? null : count(requests, '--requests');
  const threadFlags = threads === undefined ? [] : ['--threads', threads];
  const clients = values.clients.split(',').map((text) => count(text, '--clients'));
  const sequences = Math.max(serveConfig().maxNumSeqs, ...clients.map((n) => n + 1));
  return {
    model,
    checkouts: checkouts(values.against),
    clients,
    prompt: count(values.prompt, '--prompt'),
    generate: count(values.generate, '--generate'),
    rounds: count(values.rounds, '--rounds'),
    requests: requestsAsked,
    gaps: values.gaps,
    long: count(values.long, '--long'),
    idle: idle === undefined ? null : count(idle, '--idle'),
    memory: values.memory,
    mixedRequests: requestsAsked ?? MIXED_REQUESTS,
    pauseSeconds: count(values.pause, '--pause'),
    benchFlags: threadFlags,
    serveFlags: [
      ...['--max-num-seqs', String(sequences), '--log-level', 'info'],
      ...threadFlags,
      ...argv.slice(end + 1),
    ],
  };
}

/** Chats of each of `clients` clients. */
export function requestsOf({ requests }: Settings, clients: number): number {
  return requests ?? Math.max(LEAST_EACH, Math.ceil(LEAST_ANSWERS / clients));
}

/** Says on stderr how far a program has come: tables come late. */
export function progress(what: string, round: number, { rounds }: Settings): void {
  console.error(`${what}: round ${round + 1} of ${rounds}`);
}
