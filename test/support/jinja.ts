import { parseTemplate, type Rendered, type Value, valueOf } from '../../src/jinja/template.js';

export const JINJA_OPTIONS = {
  now: new Date(2026, 1, 3, 4, 5, 6),
  maxOutput: 1 << 22,
  maxSteps: 5_000_000,
} as const;

/** Renders with JavaScript values; template values stay as they are. */
export function renderJinja(
  template: string,
  context: Readonly<Record<string, unknown>> = {},
  options: Partial<Parameters<ReturnType<typeof parseTemplate>['render']>[1]> = {},
): Rendered {
  const entries = Object.entries(context).map(([name, value]): [string, Value] => [
    name,
    valueOf(value),
  ]);
  return parseTemplate(template).render(entries, { ...JINJA_OPTIONS, ...options });
}
