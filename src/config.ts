/**
 * What an operator can set: one table of the flags of `kinglet serve`, each also an environment
 * variable. The command line and --help come from it; a test holds the README's table to it.
 */
import { BlockList, isIP } from 'node:net';
import { KingletError } from './errors.js';
import {
  anyOf,
  bytes,
  effortShare,
  hostName,
  integer,
  oneOf,
  oneOfOrInteger,
  origin,
  secret,
  text,
} from './flag-values.js';
import type { EffortShare } from './efforts.js';
import { TENSOR_FORMATS } from './model/formats.js';
import { PRESETS } from './presets.js';
import { FAMILY_NAMES } from './tools/families.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** `none`, or the format of native/quant/formats.json that float matrices are rounded to. */
export const QUANTIZATIONS: readonly string[] = [
  'none',
  ...TENSOR_FORMATS.filter(({ canQuantize }) => canQuantize).map(({ name }) => name),
];
/** One of QUANTIZATIONS. */
export type Quantization = string;
export const COMPUTATIONS = ['auto', 'float'] as const;
export type Computation = (typeof COMPUTATIONS)[number];
/** How keys and values are kept; `--compute float` keeps them in float32 whatever this says. */
export const KV_CACHE_TYPES = ['f16', 'q8'] as const;
export type KvCacheType = (typeof KV_CACHE_TYPES)[number];
/** `auto`: drafts where they pay; a number: so many tokens where that many are known. */
export type Speculate = 'auto' | 'off' | number;
/** The most tokens that are drafted for one sequence in a step. */
export const MAX_DRAFT_TOKENS = 16;
const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'both'] as const;
export type ReasoningField = (typeof REASONING_FIELDS)[number];

/** As a served name: requests may name the model as they like. */
export const ANY_NAME = '*';

/** Bounds on what one request may ask for. */
export interface RequestLimits {
  readonly maxSamples: number;
  readonly maxChatStopStrings: number;
  readonly maxStopStrings: number;
  readonly maxStopBytes: number;
  readonly maxPrompts: number;
  readonly maxTopLogprobs: number;
  readonly maxLogitBias: number;
}

export interface ServeConfig extends RequestLimits {
  readonly host: string;
  readonly port: number;
  /** Empty: the model file's name. The first is the one that answers carry. */
  readonly servedModelNames: readonly string[];
  /** null: as long as the model and the KV pool allow. */
  readonly maxModelLen: number | null;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  readonly maxStepMs: number;
  readonly maxQueue: number;
  readonly speculate: Speculate;
  /** null: as the CPU budget says. */
  readonly threads: number | null;
  /** Binds each compute thread to a CPU of its own. */
  readonly pin: boolean;
  /** Bytes; null: what the machine leaves free. */
  readonly kvMemory: number | null;
  readonly kvCacheType: KvCacheType;
  readonly quantize: Quantization;
  readonly compute: Computation;
  /** A kernel table by name; '' lets the CPU decide. */
  readonly isa: string;
  /** A folder for packed weights; '': none. */
  readonly packedCache: string;
  readonly packedCacheBytes: number;
  readonly apiKeys: readonly string[];
  readonly insecure: boolean;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly reasoningParser: 'auto' | 'none';
  readonly reasoningField: ReasoningField;
  /** Tokens of a thought: where a request says none, and at most. */
  readonly reasoningBudget: number;
  readonly maxReasoningBudget: number;
  /** Written in the model's place before the end of a thought that is over its budget; '': nothing. */
  readonly reasoningBudgetMessage: string;
  readonly effortShares: readonly EffortShare[];
  /** Of what an answer may use, the tokens that a thought leaves to it. */
  readonly answerTokens: number;
  /** When a text counts as stuck, where a request doesn't say it; a size of 0: never. */
  readonly repetitionMaxPatternSize: number;
  readonly repetitionMinCount: number;
  readonly repetitionMinTokens: number;
  /** A name of src/presets.ts; '': none. */
  readonly preset: string;
  /** `auto`, `off`, or a family of src/tools/families.ts. */
  readonly toolCallParser: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly logPrompts: boolean;
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxFrameBytes: number;
  /** null: as much as the machine's memory allows. */
  readonly maxPendingBytes: number | null;
  readonly maxPromptQueueBytes: number;
  readonly maxRenderMs: number;
  readonly maxConnections: number;
  readonly keepAliveSeconds: number;
  readonly readerStallSeconds: number;
  readonly gracePeriodSeconds: number;
}

/** One row of the table. */
export interface Flag {
  readonly key: keyof ServeConfig;
  /** As commander writes it: '--port <number>'; a switch has no value. */
  readonly flags: string;
  /** Other spellings that are taken on the command line. */
  readonly aliases: readonly string[];
  readonly env: string;
  readonly default: unknown;
  readonly help: string;
  /** Checks and converts; null for switches. */
  readonly parse: ((text: string, name: string) => unknown) | null;
  /** May be given several times; in the environment separated by commas. */
  readonly list: boolean;
  /** Whether commas separate entries of a list on the command line too, or are part of them. */
  readonly commas: 'separate' | 'part';
}

type Row = [
  key: keyof ServeConfig,
  flags: string,
  initial: unknown,
  parse: Flag['parse'],
  help: string,
  more?: { aliases?: readonly string[]; list?: boolean; commas?: 'part' },
];

const BEYOND = 'beyond it a client is told 429';

const ROWS: readonly Row[] = [
  ['host', '--host <address>', '127.0.0.1', text, 'address to listen on'],
  ['port', '--port <number>', 8080, integer(0, 65535), 'port to listen on; 0 takes a free one'],
  [
    'servedModelNames',
    '--served-model-name <name>',
    [],
    text,
    "name of the model in requests, instead of the file's; again for more names; '*' takes any",
    { aliases: ['--alias'], list: true },
  ],
  [
    'maxModelLen',
    '-c, --max-model-len <tokens>',
    null,
    integer(16, 2 ** 31 - 1),
    'longest prompt plus answer; without it as long as model and memory allow',
  ],
  [
    'maxNumSeqs',
    '--max-num-seqs <number>',
    64,
    integer(1, 1024),
    'sequences that are computed side by side',
    { aliases: ['-np'] },
  ],
  [
    'maxNumBatchedTokens',
    '--max-num-batched-tokens <tokens>',
    512,
    integer(1, 65536),
    'ceiling on the tokens of one step; the step time decides below it, and memory where it is small',
  ],
  [
    'maxStepMs',
    '--max-step-ms <ms>',
    250,
    integer(1, 60_000),
    'time of one step while anything decodes or waits',
  ],
  [
    'maxQueue',
    '--max-queue <requests>',
    256,
    integer(0, 1_000_000),
    'requests that may wait; beyond them a client is told 429',
  ],
  [
    'speculate',
    '--speculate <kind>',
    'auto',
    oneOfOrInteger(['auto', 'off'], 1, MAX_DRAFT_TOKENS),
    `drafts tokens from what the text says already and keeps those that are drawn, which changes no answer: auto where it pays, off, or 1 to ${MAX_DRAFT_TOKENS} tokens in any case`,
  ],
  [
    'threads',
    '-t, --threads <number>',
    null,
    integer(1, 1024),
    'compute threads; without it the physical cores that the process may use',
  ],
  ['pin', '--pin', false, null, 'binds each compute thread to a CPU of its own, fast cores first'],
  [
    'kvMemory',
    '--kv-memory <size>',
    null,
    bytes,
    'memory of the KV cache, such as 512M or 2G; without it from what is free',
  ],
  [
    'kvCacheType',
    '--kv-cache-type <type>',
    'f16',
    oneOf(...KV_CACHE_TYPES),
    'f16, or q8: keys and values in 8 bits, nearly half the memory, not quite the same logits',
  ],
  [
    'quantize',
    '--quantize <format>',
    'none',
    oneOf(...QUANTIZATIONS),
    `rounds a float checkpoint when loading: ${anyOf(QUANTIZATIONS)}`,
  ],
  [
    'compute',
    '--compute <kind>',
    'auto',
    oneOf(...COMPUTATIONS),
    'auto, or float: dequantized weights, for reference',
  ],
  [
    'isa',
    '--isa <name>',
    '',
    text,
    'kernel table to use, such as scalar or avx2; fails if it cannot run',
  ],
  [
    'packedCache',
    '--packed-cache <folder>',
    '',
    text,
    'folder that keeps packed weights, for a quicker start the next time',
  ],
  [
    'packedCacheBytes',
    '--packed-cache-bytes <size>',
    8 * 2 ** 30,
    bytes,
    'most that the files of --packed-cache may have together; the longest unused go first',
  ],
  [
    'apiKeys',
    '--api-key <key>',
    [],
    secret,
    'key that clients must send; again for more keys',
    { list: true, commas: 'part' },
  ],
  ['insecure', '--insecure', false, null, 'allows a non-loopback address without any API key'],
  [
    'allowedHosts',
    '--allowed-host <name>',
    [],
    hostName,
    'name that clients may call this machine by; again for more',
    { list: true },
  ],
  [
    'corsOrigins',
    '--cors-origin <origin>',
    [],
    origin,
    "web origin whose pages may call the server, or '*'; again for more",
    { list: true },
  ],
  [
    'reasoningParser',
    '--reasoning-parser <kind>',
    'auto',
    oneOf('auto', 'none'),
    'auto: thoughts are split from answers where the model has tags for them; none: never',
  ],
  [
    'reasoningField',
    '--reasoning-field <name>',
    'both',
    oneOf(...REASONING_FIELDS),
    'field that carries thoughts: reasoning_content, reasoning or both',
  ],
  [
    'reasoningBudget',
    '--reasoning-budget <tokens>',
    8192,
    integer(0, 2 ** 31 - 1),
    'tokens that a thought may take where a request asks for no number; then it is ended, and an answer follows',
  ],
  [
    'maxReasoningBudget',
    '--max-reasoning-budget <tokens>',
    32768,
    integer(0, 2 ** 31 - 1),
    'tokens that a thought may take whatever a request asks for',
  ],
  [
    'reasoningBudgetMessage',
    '--reasoning-budget-message <text>',
    '',
    text,
    'written before the end of a thought that is ended for the model',
  ],
  [
    'effortShares',
    '--reasoning-effort-share <effort=share>',
    [],
    effortShare,
    'share of what an answer may use that a thought of this effort may take; again for more; without it minimal=0.1, low=0.2, medium=0.5, high=0.8, xhigh=0.9, max=1',
    { list: true },
  ],
  [
    'answerTokens',
    '--answer-tokens <tokens>',
    1024,
    integer(0, 2 ** 31 - 1),
    'tokens that a thought leaves to the answer; a quarter of what there is at most',
  ],
  [
    'repetitionMaxPatternSize',
    '--repetition-max-pattern-size <tokens>',
    512,
    integer(0, 512),
    'longest pattern whose repetition ends a thought, or an answer, of a model that thinks; 0: nobody looks',
  ],
  [
    'repetitionMinCount',
    '--repetition-min-count <number>',
    4,
    integer(2, 1_000_000),
    'times in a row that a pattern occurs before that',
  ],
  [
    'repetitionMinTokens',
    '--repetition-min-tokens <tokens>',
    256,
    integer(0, 1_000_000),
    'tokens that these have together at least',
  ],
  [
    'preset',
    '--preset <name>',
    '',
    oneOf('', ...PRESETS.map(({ name }) => name)),
    `a way of asking that the model was trained for: ${PRESETS.map(({ name }) => name).join(', ')} puts its system prompt before chats that have none`,
  ],
  [
    'toolCallParser',
    '--tool-call-parser <name>',
    'auto',
    oneOf('auto', 'off', ...FAMILY_NAMES),
    `how the model calls tools: ${FAMILY_NAMES.join(', ')}; auto: as its chat template tells; off: tools are refused`,
  ],
  [
    'logLevel',
    '--log-level <level>',
    'info',
    oneOf(...LOG_LEVELS),
    `one of ${LOG_LEVELS.join(', ')}`,
  ],
  ['logPrompts', '--log-prompts', false, null, 'writes prompts to the log'],
  ['maxSamples', '--max-samples <number>', 128, integer(1, 1024), 'largest n of a request'],
  [
    'maxChatStopStrings',
    '--max-chat-stop-strings <number>',
    4,
    integer(1, 1024),
    'stop strings of a chat completion',
  ],
  [
    'maxStopStrings',
    '--max-stop-strings <number>',
    16,
    integer(1, 1024),
    'stop strings of a completion',
  ],
  ['maxStopBytes', '--max-stop-bytes <bytes>', 256, integer(1, 65536), 'bytes of a stop string'],
  [
    'maxPrompts',
    '--max-prompts <number>',
    128,
    integer(1, 65536),
    'prompts of a completion request',
  ],
  [
    'maxTopLogprobs',
    '--max-top-logprobs <number>',
    20,
    integer(0, 20),
    'most alternatives that top_logprobs can ask for',
  ],
  ['maxLogitBias', '--max-logit-bias <entries>', 1024, integer(0, 1024), 'entries of logit_bias'],
  ['maxBodyBytes', '--max-body <size>', 4 * 2 ** 20, bytes, 'largest request body'],
  ['maxHeaderBytes', '--max-headers <size>', 16 * 2 ** 10, bytes, 'largest request headers'],
  ['maxFrameBytes', '--max-frame <size>', 4 * 2 ** 20, bytes, 'largest websocket message'],
  [
    'maxPendingBytes',
    '--max-pending-bytes <size>',
    null,
    bytes,
    `memory of requests that wait, bodies and websocket messages; ${BEYOND}; without it 64M, less where memory is small`,
  ],
  [
    'maxPromptQueueBytes',
    '--max-prompt-queue <size>',
    32 * 2 ** 20,
    bytes,
    `text that may wait to be rendered and tokenized, long and short prompts each; ${BEYOND}`,
  ],
  [
    'maxRenderMs',
    '--max-render-ms <ms>',
    2000,
    integer(10, 3_600_000),
    'CPU time that the chat template may take for one prompt',
  ],
  ['maxConnections', '--max-connections <number>', 1024, integer(1, 1_000_000), 'open connections'],
  [
    'keepAliveSeconds',
    '--keep-alive <seconds>',
    75,
    integer(1, 86_400),
    "idle connections are kept this long; more than a proxy's",
  ],
  [
    'readerStallSeconds',
    '--reader-stall <seconds>',
    60,
    integer(1, 86_400),
    'a stream whose reader takes nothing for this long is aborted',
  ],
  [
    'gracePeriodSeconds',
    '--grace-period <seconds>',
    10,
    integer(0, 86_400),
    'time that running requests have at SIGTERM',
  ],
];

export const SERVE_FLAGS: readonly Flag[] = ROWS.map(
  ([key, flags, initial, parse, help, more]) => ({
    key,
    flags,
    aliases: more?.aliases ?? [],
    env: `KINGLET_${longName(flags).slice(2).replaceAll('-', '_').toUpperCase()}`,
    default: initial,
    help,
    parse,
    list: more?.list ?? false,
    commas: more?.commas ?? 'separate',
  }),
);

/** '--threads' of '-t, --threads <number>'. */
export function longName(flags: string): string {
  return flags.replace(/^.*?(--[a-z-]+).*$/, '$1');
}

/** The table's defaults with some values replaced. */
export function serveConfig(values: Partial<ServeConfig> = {}): ServeConfig {
  const defaults = Object.fromEntries(SERVE_FLAGS.map((flag) => [flag.key, flag.default]));
  return { ...(defaults as unknown as ServeConfig), ...values };
}

/** Throws `invalid_flag` for what would open the server to the network by oversight. */
export function checkServeConfig(config: ServeConfig): void {
  if (!isLoopback(config.host) && config.apiKeys.length === 0 && !config.insecure) {
    throw new KingletError(
      'invalid_flag',
      `--host ${config.host} is reachable from other machines and there is no API key. ` +
        'Give --api-key (or KINGLET_API_KEY), or say --insecure if that is what you want.',
    );
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a name or an address is this machine's loopback, which no other machine can reach. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  if (family === 0) return address === 'localhost';
  return LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
