/**
 * What a flag or a variable can hold: each function checks a text and converts it. `name` is what the
 * operator wrote it under; `invalid_flag` names it.
 */
import { KingletError } from './errors.js';
import { invalidFlag } from './errors/starting.js';
import { EFFORTS, type EffortShare } from './efforts.js';

export function text(value: string, name: string): string {
  if (value.trim() === '') throw invalidFlag(name, 'a text that is not empty', value);
  return value;
}

export function integer(minimum: number, maximum: number) {
  return (value: string, name: string): number => {
    const number = wholeNumber(value, minimum, maximum);
    if (number === null) throw invalidFlag(name, integersBetween(minimum, maximum), value);
    return number;
  };
}

function wholeNumber(value: string, minimum: number, maximum: number): number | null {
  const number = Number(value);
  return /^\d+$/.test(value) && number >= minimum && number <= maximum ? number : null;
}

function integersBetween(minimum: number, maximum: number): string {
  return `an integer between ${minimum} and ${maximum}`;
}

/** 'auto or float', 'none, q8_0 or q4_0': the choices in words. */
export function anyOf(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`;
}

export function oneOf<T extends string>(...choices: readonly T[]) {
  return (value: string, name: string): T => {
    if (!(choices as readonly string[]).includes(value)) {
      throw invalidFlag(name, `one of ${choices.join(', ')}`, value);
    }
    return value as T;
  };
}

/** A choice by its name, or an integer. */
export function oneOfOrInteger<T extends string>(
  choices: readonly T[],
  minimum: number,
  maximum: number,
) {
  return (value: string, name: string): T | number => {
    const choice = choices.find((each) => each === value);
    if (choice !== undefined) return choice;
    const number = wholeNumber(value, minimum, maximum);
    if (number === null) {
      const wanted = `one of ${choices.join(', ')} or ${integersBetween(minimum, maximum)}`;
      throw invalidFlag(name, wanted, value);
    }
    return number;
  };
}

/** 'low=0.2': a share of what an answer may use. */
export function effortShare(value: string, name: string): EffortShare {
  const [, word, number] = /^([a-z]+)=(\d*\.?\d+)$/.exec(value.trim()) ?? [];
  const effort = EFFORTS.find((each) => each === word);
  const share = Number(number);
  if (effort === undefined || effort === 'none' || !(share >= 0 && share <= 1)) {
    const efforts = anyOf(EFFORTS.filter((each) => each !== 'none'));
    throw invalidFlag(
      name,
      `an effort and a share from 0 to 1, such as low=0.2, of ${efforts}`,
      value,
    );
  }
  return { effort, share };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** '512M', '1.5GiB' or a count of bytes; the units are binary. */
export function bytes(value: string, name: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?)(?:i?b)?$/i.exec(value.trim()) ?? [];
  const size = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? NaN));
  if (!Number.isSafeInteger(size) || size <= 0) {
    throw invalidFlag(name, 'a size such as 4194304, 512M or 1.5G', value);
  }
  return size;
}

export function secret(value: string, name: string): string {
  // The message must not repeat a key.
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new KingletError('invalid_flag', `${name}: a key is printable ASCII without spaces.`);
  }
  return value;
}

export function hostName(value: string, name: string): string {
  if (!/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/i.test(value)) {
    throw invalidFlag(name, 'a host name or address without scheme or port', value);
  }
  return value.toLowerCase();
}

export function origin(value: string, name: string): string {
  if (value === '*') return value;
  const parsed = URL.canParse(value) ? new URL(value) : null;
  if (parsed === null || parsed.origin === 'null' || `${parsed.origin}/` !== parsed.href) {
    throw invalidFlag(name, "a web origin such as https://chat.example, or '*'", value);
  }
  return parsed.origin;
}
