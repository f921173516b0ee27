import { KingletError } from '../../errors.js';
import type { Fields } from '../fields.js';
import { endsInLoop } from './loops.js';

/** One of a question's answers. */
interface Sample {
  readonly text: string;
  /** '' where there is none, or the server leaves it in the text. */
  readonly thought: string;
  /** "length": it was cut off. */
  readonly finish: string;
  /** It was stuck in a repetition, by the server's word or, where it was cut off, by its end. */
  readonly looped: boolean;
  /** How its thought ended ("model": by itself); null where it had none, or the server doesn't say. */
  readonly thoughtEnd: string | null;
}

export interface Answered {
  readonly samples: readonly Sample[];
  /** Of all samples together, thoughts too. */
  readonly tokens: number;
}

/** Reads what a chat or a completion was answered with. Throws `invalid_value` where it isn't so. */
export function readAnswer(answer: Fields, n: number): Answered {
  const choices = answer.objects('choices');
  if (choices.length !== n) {
    throw new KingletError(
      'invalid_value',
      `${answer.place} has ${choices.length} choices, and ${n} were asked for: this server doesn't ` +
        'do that much. Ask for --n 1.',
    );
  }
  return {
    samples: choices.map(sampleOf),
    tokens: answer.object('usage').count('completion_tokens'),
  };
}

function sampleOf(choice: Fields): Sample {
  const message = choice.has('message') ? choice.object('message') : null;
  const text = message === null ? choice.text('text') : message.textOrNone('content');
  const thought = message === null ? '' : thoughtOf(message);
  const finish = choice.textOrNone('finish_reason');
  const thoughtEnd = choice.has('reasoning_end') ? choice.text('reasoning_end') : null;
  const said = choice.value('stop_reason') === 'repetition_detected' || thoughtEnd === 'repetition';
  return {
    text,
    thought,
    finish,
    looped: said || (finish === 'length' && endsInLoop(thought + text)),
    thoughtEnd,
  };
}

function thoughtOf(message: Fields): string {
  const name = message.first(['reasoning_content', 'reasoning']);
  return name === undefined ? '' : message.text(name);
}
