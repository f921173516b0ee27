/**
 * A turn's message as it is copied from one thread to the other: a list without names of fields,
 * since these are most of what copying costs.
 */
import type { RequestEvent, TurnMessage } from './messages.js';
import type { EngineEvent, EngineStats, StepReport } from './types.js';

/** Stands in place of a key: the event that follows is whole. */
const WHOLE = -1;

/**
 * Events in order. Most gain a token and its text, and are four entries: the key, the choice, the
 * text and the token. All others are `WHOLE` and the event.
 */
type PackedEvents = (number | string | RequestEvent)[];

type Seven = readonly [number, number, number, number, number, number, number];
type Thirteen = readonly [...Seven, number, number, number, number, number, number];

export type PackedTurn = readonly [
  received: number,
  report: Seven | null,
  stats: Thirteen,
  events: PackedEvents,
];

export function packTurn({ events, report, stats, received }: TurnMessage): PackedTurn {
  const packed: PackedEvents = [];
  for (const each of events) {
    const { key, event } = each;
    const token = plainToken(event);
    if (token === null) packed.push(WHOLE, each);
    else packed.push(key, token.choice, token.text, token.id);
  }
  return [received, report === null ? null : packReport(report), packStats(stats), packed];
}

export function unpackTurn([received, report, stats, packed]: PackedTurn): TurnMessage {
  return {
    type: 'turn',
    events: unpackEvents(packed),
    report: report === null ? null : unpackReport(report),
    stats: unpackStats(stats),
    received,
  };
}

/** Null: the event says more than that a choice gained a token of its answer. */
function plainToken(event: EngineEvent): { choice: number; text: string; id: number } | null {
  if (event.type !== 'delta') return null;
  const { choice, text, reasoning, tokenIds, logprobs, thoughtEnd, finish } = event.delta;
  const [id] = tokenIds;
  const plain =
    tokenIds.length === 1 &&
    reasoning === '' &&
    logprobs.length === 0 &&
    thoughtEnd === null &&
    finish === null;
  return plain && id !== undefined ? { choice, text, id } : null;
}

function unpackEvents(packed: PackedEvents): RequestEvent[] {
  const events: RequestEvent[] = [];
  for (let i = 0; i < packed.length;) {
    if (packed[i] === WHOLE) {
      events.push(packed[i + 1] as RequestEvent);
      i += 2;
      continue;
    }
    events.push({
      key: packed[i] as number,
      event: {
        type: 'delta',
        delta: {
          choice: packed[i + 1] as number,
          text: packed[i + 2] as string,
          reasoning: '',
          tokenIds: [packed[i + 3] as number],
          logprobs: [],
          thoughtEnd: null,
          finish: null,
        },
      },
    });
    i += 4;
  }
  return events;
}

function packReport(report: StepReport): Seven {
  const { rows, prefillRows, decodeRows, draftRows, generatedTokens, promptTokens } = report;
  const { seconds } = report;
  return [rows, prefillRows, decodeRows, draftRows, generatedTokens, promptTokens, seconds];
}

function unpackReport(numbers: Seven): StepReport {
  const [rows, prefillRows, decodeRows, draftRows, generatedTokens, promptTokens, seconds] =
    numbers;
  return { rows, prefillRows, decodeRows, draftRows, generatedTokens, promptTokens, seconds };
}

function packStats(stats: EngineStats): Thirteen {
  return [
    stats.waiting,
    stats.running,
    stats.kvBlocksTotal,
    stats.kvBlocksUsed,
    stats.prefixQueriedTokens,
    stats.prefixHitTokens,
    stats.promptTokens,
    stats.generationTokens,
    stats.preemptions,
    stats.cancelled,
    stats.drafts,
    stats.draftTokens,
    stats.acceptedTokens,
  ];
}

function unpackStats(numbers: Thirteen): EngineStats {
  return {
    waiting: numbers[0],
    running: numbers[1],
    kvBlocksTotal: numbers[2],
    kvBlocksUsed: numbers[3],
    prefixQueriedTokens: numbers[4],
    prefixHitTokens: numbers[5],
    promptTokens: numbers[6],
    generationTokens: numbers[7],
    preemptions: numbers[8],
    cancelled: numbers[9],
    drafts: numbers[10],
    draftTokens: numbers[11],
    acceptedTokens: numbers[12],
  };
}
