import { DEEPSEEK } from './families/deepseek.js';
import { GENERIC } from './families/generic.js';
import { HERMES } from './families/hermes.js';
import { LLAMA3_JSON } from './families/llama3-json.js';
import { SMOLLM2 } from './families/smollm2.js';
import type { ToolFamily } from './family.js';

/** Every family, in the order in which they are looked for; the last takes what is left. */
const FAMILIES = [LLAMA3_JSON, HERMES, DEEPSEEK, SMOLLM2, GENERIC] as const;

export const FAMILY_NAMES: readonly string[] = FAMILIES.map(({ name }) => name);

const COMMENT = /\{#.*?#\}/gs;

/** The family by a name of FAMILY_NAMES. Throws where there is none of this name. */
export function familyNamed(name: string): ToolFamily {
  const family = FAMILIES.find((each) => each.name === name);
  if (family === undefined) throw new Error(`there is no family of tool calls called ${name}`);
  return family;
}

/** The family of models that a chat template is for. */
export function familyOf(template: string): ToolFamily {
  const code = template.replace(COMMENT, '');
  return FAMILIES.find(({ recognizes }) => recognizes(code)) ?? GENERIC;
}
