import { TemplateError, valueError } from '../errors.js';
import type { RenderState } from '../render-state.js';
import { codePointLength, hasSurrogates, unitIndex } from '../text/code-points.js';
import { isStr, sliceStr, type Str, textOf } from '../text/text.js';
import { Range } from '../values/range.js';
import { listOf, Sequence, tupleOf } from '../values/sequence.js';
import { Dict, type Value } from '../values/value.js';
import { characters } from './iterate.js';
import { concatStrs } from './concat.js';

/** The bounds of a slice as the template gives them; null where one is left out. */
export interface SliceBounds {
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
}

/**
 * Python's `of[key]`; undefined for an element that isn't there, and for a value that has none.
 * Throws what Python raises beyond LookupError and TypeError.
 */
export function element(state: RenderState, of: Value, key: Value): Value | undefined {
  if (of instanceof Dict) {
    try {
      return of.get(key);
    } catch (error) {
      // An unhashable key is one that isn't there.
      if (error instanceof TemplateError) return undefined;
      throw error;
    }
  }
  const index = indexOf(key);
  if (index === null) return undefined;
  if (of instanceof Sequence || of instanceof Range) {
    const at = index < 0 ? index + of.length : index;
    return at >= 0 && at < of.length ? of.at(at) : undefined;
  }
  return isStr(of) ? character(state, of, index) : undefined;
}

function indexOf(key: Value): number | null {
  if (typeof key === 'number') return key;
  if (typeof key === 'boolean') return key ? 1 : 0;
  // One that no list is long enough for.
  return typeof key === 'bigint' ? Infinity : null;
}

function character(state: RenderState, of: Str, index: number): Str | undefined {
  const text = textOf(of);
  state.chargeText(text.length);
  if (!hasSurrogates(text)) {
    const at = index < 0 ? index + text.length : index;
    return at >= 0 && at < text.length ? sliceStr(of, at, at + 1) : undefined;
  }
  const length = codePointLength(text);
  const at = index < 0 ? index + length : index;
  if (!(at >= 0 && at < length)) return undefined;
  const unit = unitIndex(text, at);
  return sliceStr(of, unit, unitIndex(text, 1, unit));
}

/**
 * Python's `of[start:stop:step]`; undefined for a value that can't be sliced, and for bounds that
 * are no integers. Throws a ValueError for a step of 0.
 */
export function slice(state: RenderState, of: Value, bounds: SliceBounds): Value | undefined {
  if (![bounds.start, bounds.stop, bounds.step].every(isBound)) return undefined;
  if (isStr(of)) return sliceText(state, of, bounds);
  if (of instanceof Range) return sliceRange(of, bounds);
  if (!(of instanceof Sequence)) return undefined;
  const { start, stop, step } = resolve(bounds, of.length);
  if (step === 1) return of.slice(start, Math.max(start, stop));
  const items: Value[] = [];
  state.allocateElements(Math.max(0, Math.ceil((stop - start) / step)));
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) items.push(of.at(i));
  return of.isTuple ? tupleOf(items) : listOf(items);
}

function sliceText(state: RenderState, of: Str, bounds: SliceBounds): Str {
  const text = textOf(of);
  state.chargeText(text.length);
  const surrogates = hasSurrogates(text);
  const length = surrogates ? codePointLength(text) : text.length;
  const { start, stop, step } = resolve(bounds, length);
  if (step === 1) {
    if (stop <= start) return sliceStr(of, 0, 0);
    if (!surrogates) return sliceStr(of, start, stop);
    const unit = unitIndex(text, start);
    return sliceStr(of, unit, unitIndex(text, stop - start, unit));
  }
  const all = characters(state, of);
  const kept: Str[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) kept.push(all[i]!);
  return concatStrs(state, kept, typeof of !== 'string' && of.safe);
}

function sliceRange(of: Range, bounds: SliceBounds): Range {
  const { start, stop, step } = resolve(bounds, of.length);
  return new Range(of.start + start * of.step, of.start + stop * of.step, of.step * step);
}

function resolve(
  bounds: SliceBounds,
  length: number,
): { start: number; stop: number; step: number } {
  const step = bound(bounds.step, 1);
  if (step === 0) throw valueError('slice step cannot be zero');
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (value: number): number =>
    Math.min(high, Math.max(low, value < 0 ? value + length : value));
  return {
    start: clampOr(bounds.start, step > 0 ? 0 : length - 1, clamp),
    stop: clampOr(bounds.stop, step > 0 ? length : -1, clamp),
    step,
  };
}

function clampOr(value: Value, absent: number, clamp: (value: number) => number): number {
  return value === null ? absent : clamp(bound(value, 0));
}

function bound(value: Value, absent: number): number {
  if (value === null) return absent;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return (value as bigint) > 0n ? Number.MAX_SAFE_INTEGER : -Number.MAX_SAFE_INTEGER;
}

function isBound(value: Value): boolean {
  return value === null || ['number', 'boolean', 'bigint'].includes(typeof value);
}
