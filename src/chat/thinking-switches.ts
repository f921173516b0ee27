/** Arguments by which templates are told whether to think: Qwen3's and most others', and DeepSeek-V3.1's. */
export const THINKING_SWITCHES = ['enable_thinking', 'thinking'] as const;

const COMMENT = /\{#.*?#\}/gs;
const STRING = /(["'])(?:\\.|(?!\1)[^\\])*\1/gs;
/** What stands in a template's own code. */
const CODE = /\{[{%].*?[%}]\}/gs;

/** Those that a template reads. */
export function thinkingSwitches(template: string): string[] {
  const code = (template.replace(COMMENT, '').match(CODE) ?? []).map((each) =>
    each.replace(STRING, ''),
  );
  return THINKING_SWITCHES.filter((name) => code.some((each) => reads(each, name)));
}

/** The name as a variable, not as an attribute of another one. */
function reads(code: string, name: string): boolean {
  return new RegExp(`(?<![\\w.])${name}(?![\\w(])`).test(code);
}
