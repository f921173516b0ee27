import type { Engine } from '../engine/types.js';
import type { GenerationDefaults } from '../model/generation-defaults.js';
import type { Prompts } from '../prompts/prompts.js';
import type { Speller } from '../tokenizer/speller.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';

/** A model that is loaded and what requests need to know of it. */
export interface ServedModel {
  /** Names that requests may use; answers carry the first. */
  readonly names: readonly [string, ...string[]];
  /** Requests may use any other name too, and answers carry the one that was asked for. */
  readonly anyName?: boolean;
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly prompts: Prompts;
  /** Tokens that end a thought in the model's place; none where it has no thoughts. */
  readonly thoughtClosing: readonly number[];
  /** What its tokens can spell where it calls tools. */
  readonly speller: Speller;
  readonly vocabSize: number;
  /** Prompt and answer together, in tokens. */
  readonly contextLength: number;
  readonly defaults: GenerationDefaults;
  /** Names build, kernel table and weights. */
  readonly fingerprint: string;
  /** Seconds since 1970. */
  readonly created: number;
}

/** '' is what clients send whose settings have no name. */
export function isUnnamed(name: string | undefined): name is '' | undefined {
  return name === undefined || name === '';
}

/** The name of a model in the answer to a request that gave `asked`. */
export function answeredName(model: ServedModel, asked: string | undefined): string {
  return model.anyName === true && !isUnnamed(asked) ? asked : model.names[0];
}
