import type { Target } from '../target/target.js';
import { echoScores } from './echo-scores.js';
import type { TextTokens } from './text-tokens.js';
import { windowsOf, type TextWindow } from './windows.js';

/** How a text is cut into windows; null: as the model's context says. */
export interface WindowTerms {
  readonly window: number | null;
  readonly stride: number | null;
}

/** What a window brought. */
export interface WindowScore {
  /** Scored tokens. */
  readonly tokens: number;
  /** The sum of their negated natural log-probabilities. */
  readonly nll: number;
}

/**
 * A text's windows. Each begins with what the tokenizer puts before a text, which counts in its size;
 * without such a prefix the text's first token has no score.
 */
export function textWindows(
  { prefix, ids }: TextTokens,
  size: number,
  stride: number,
): TextWindow[] {
  return windowsOf(ids.length, size - prefix.length, stride, prefix.length > 0 ? 0 : 1);
}

export async function scoreWindow(
  target: Target,
  { prefix, ids }: TextTokens,
  { begin, end, scoredFrom }: TextWindow,
): Promise<WindowScore> {
  const [scores = []] = await echoScores(target, [[...prefix, ...ids.slice(begin, end)]]);
  const scored = scores.slice(prefix.length + scoredFrom - begin);
  return {
    tokens: scored.length,
    nll: scored.reduce<number>((sum, score) => sum - (score ?? 0), 0),
  };
}
