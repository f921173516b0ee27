/** bench/speculation: see USAGE, and bench/README.md. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { median } from '../../src/cli/bench.js';
import { integer } from '../../src/flag-values.js';
import { checkouts, withServer, type MeasuredServer } from '../serving/checkout.js';
import { figure, markdownTable } from '../serving/table.js';
import { ask, type TimedAnswer } from './ask.js';
import { KINDS, TASKS, type Task } from './tasks.js';

const USAGE = `usage: bench/speculation MODEL [flags] [-- flags of kinglet serve]
  --clients LIST    numbers of clients, separated by commas (1,8)
  --generate TOKENS most tokens of an answer (256)
  --rounds N        rounds (5)
  --speculate KIND  what is compared with off (auto)`;

/** KV pool of each server, which all clients' prompts and answers fit into. */
const KV_MEMORY = '512M';

const count = integer(1, 1_000_000);

function readSettings(argv: readonly string[]) {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const { values, positionals } = parseArgs({
    args: argv.slice(0, end),
    allowPositionals: true,
    options: {
      clients: { type: 'string', default: '1,8' },
      generate: { type: 'string', default: '256' },
      rounds: { type: 'string', default: '5' },
      speculate: { type: 'string', default: 'auto' },
    },
  });
  const [model, ...others] = positionals;
  if (model === undefined || others.length > 0) throw new Error(USAGE);
  return {
    model,
    clients: values.clients.split(',').map((text) => count(text, '--clients')),
    generate: count(values.generate, '--generate'),
    rounds: count(values.rounds, '--rounds'),
    speculate: values.speculate,
    serveFlags: ['--kv-memory', KV_MEMORY, ...argv.slice(end + 1)],
  };
}

type Settings = ReturnType<typeof readSettings>;

/** What one server did in one task of one round. */
interface Turn {
  /** Tokens a second of all clients together, each after its first. */
  readonly speed: number;
  readonly answers: readonly string[];
}

interface Compared {
  readonly on: number;
  readonly off: number;
}

async function turn(
  { process: server }: MeasuredServer,
  tasks: readonly Task[],
  { generate }: Settings,
  round: number,
): Promise<Turn> {
  const asked = tasks.map((task, i) => ask(server.origin, task, generate, 1000 * round + i));
  const answers: TimedAnswer[] = await Promise.all(asked);
  return {
    speed: answers.reduce((sum, { tokensPerSecond }) => sum + tokensPerSecond, 0),
    answers: answers.map(({ text }) => text),
  };
}

/** Tasks of a kind: each client has one, another client another one. */
function tasksOf(kind: Task['kind'], clients: number, first: number): Task[] {
  const tasks = TASKS.filter((task) => task.kind === kind);
  return Array.from({ length: clients }, (_, i) => tasks[(first + i) % tasks.length]).filter(
    (task) => task !== undefined,
  );
}

/** Both servers in turn; throws where an answer depends on drafts. */
async function compare(
  on: MeasuredServer,
  off: MeasuredServer,
  kind: Task['kind'],
  clients: number,
  settings: Settings,
): Promise<Compared[]> {
  const compared: Compared[] = [];
  const variants = clients === 1 ? TASKS.filter((task) => task.kind === kind).length : 1;
  // The first round fills prefix caches and is not counted.
  for (let round = 0; round <= settings.rounds; round++) {
    for (let first = 0; first < variants; first++) {
      const tasks = tasksOf(kind, clients, first);
      // Who goes first changes, so that what wears off or wakes up is on both sides.
      const order = round % 2 === 0 ? [on, off] : [off, on];
      const turns: Turn[] = [];
      for (const server of order) turns.push(await turn(server, tasks, settings, round));
      const [with_, without] = (round % 2 === 0 ? turns : turns.reverse()) as [Turn, Turn];
      const wrong = with_.answers.findIndex((text, i) => text !== without.answers[i]);
      if (wrong >= 0) {
        throw new Error(
          `${kind}: with drafts «${with_.answers[wrong]}», «${without.answers[wrong]}»`,
        );
      }
      if (round > 0) compared.push({ on: with_.speed, off: without.speed });
    }
    console.error(`${clients} clients, ${kind}: round ${round} of ${settings.rounds}`);
  }
  return compared;
}

/** Of the drafted tokens of a server, from its metrics. */
async function drafted({ process: server }: MeasuredServer): Promise<[number, number]> {
  return [
    await server.metric('kinglet_spec_decode_num_draft_tokens_total'),
    await server.metric('kinglet_spec_decode_num_accepted_tokens_total'),
  ];
}

async function main(settings: Settings): Promise<void> {
  const { model, clients, generate, rounds, speculate, serveFlags } = settings;
  console.log(
    `${model}; ${cpus()[0]?.model}, ${cpus().length} CPUs, Node ${process.version}; answers of ` +
      `${generate} tokens at most; medians of ${rounds} rounds`,
  );
  const [here] = checkouts(undefined);
  if (here === undefined) return;
  const flags = (kind: string): string[] => ['--speculate', kind, ...serveFlags];
  const rows: { name: string; cells: string[] }[] = [];
  await withServer(here, model, flags(speculate), (on) =>
    withServer(here, model, flags('off'), async (off) => {
      for (const number of clients) {
        for (const kind of KINDS) {
          const [tokensBefore, acceptedBefore] = await drafted(on);
          const compared = await compare(on, off, kind, number, settings);
          const [tokens, accepted] = await drafted(on);
          rows.push({
            name: `${kind}, ${number} ${number === 1 ? 'client' : 'clients'}`,
            cells: [
              figure(median(compared.map((each) => each.on))),
              figure(median(compared.map((each) => each.off))),
              figure(median(compared.map((each) => each.on / each.off)), 2),
              figure(Math.min(...compared.map((each) => each.on / each.off)), 2),
              figure(tokens - tokensBefore),
              figure((100 * (accepted - acceptedBefore)) / (tokens - tokensBefore)),
            ],
          });
        }
      }
    }),
  );
  const heads = [`tokens/s, ${speculate}`, 'off', 'ratio', 'least', 'drafted', '% drawn'];
  console.log(markdownTable(heads, rows));
}

try {
  await main(readSettings(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
