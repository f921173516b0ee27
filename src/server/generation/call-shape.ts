import type { FinishReason } from '../../engine/types.js';
import type { AnswerPiece, AnsweredCall } from './tool-answer.js';

/** What is left of pieces without the words. */
type CallPiece = Exclude<AnswerPiece, { type: 'text' }>;

/** How calls stand in a chat's answer: as calls of tools, or of the functions of old. */
export interface CallShape {
  /** The fields of a whole message. */
  readonly whole: (calls: readonly AnsweredCall[]) => object;
  /** The deltas of a piece in a stream. */
  readonly piece: (piece: CallPiece) => object[];
  readonly finishReason: (reason: FinishReason, called: boolean) => string;
}

/** `old`: the request gave `functions`. */
export function callShape(old: boolean): CallShape {
  return old ? FUNCTION_CALL : TOOL_CALLS;
}

const TOOL_CALLS: CallShape = {
  whole: (calls) => ({
    tool_calls: calls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function',
      function: { name, arguments: text },
    })),
  }),
  piece: (piece) => {
    switch (piece.type) {
      case 'call': {
        const { index, id, name } = piece;
        const call = { index, id, type: 'function', function: { name, arguments: '' } };
        return [{ tool_calls: [call] }];
      }
      case 'arguments':
        return [{ tool_calls: [{ index: piece.index, function: { arguments: piece.text } }] }];
      case 'end':
        return [];
    }
  },
  finishReason: (reason, called) => (called && reason === 'stop' ? 'tool_calls' : reason),
};

const FUNCTION_CALL: CallShape = {
  whole: ([call]) =>
    call === undefined ? {} : { function_call: { name: call.name, arguments: call.arguments } },
  piece: (piece) => {
    switch (piece.type) {
      case 'call':
        return [{ function_call: { name: piece.name, arguments: '' } }];
      case 'arguments':
        return [{ function_call: { arguments: piece.text } }];
      case 'end':
        return [];
    }
  },
  finishReason: (reason, called) => (called && reason === 'stop' ? 'function_call' : reason),
};
