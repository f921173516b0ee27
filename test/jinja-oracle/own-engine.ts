import {
  parseTemplate,
  RenderLimitError,
  TemplateError,
  TemplateRefusal,
  TemplateSyntaxError,
  type Value,
  valueFromJson,
} from '../../src/jinja/template.js';
import { type Str, textOf } from '../../src/jinja/text/text.js';
import { Dict } from '../../src/jinja/values/value.js';
import { RENDER_OPTIONS } from '../support/render.js';
import type { OracleAnswer } from './oracle-process.js';

/** The members of an object in JSON as variables, all their strings from one source. */
export function variablesOf(contextJson: string): [name: string, value: Value][] {
  const context = valueFromJson(contextJson, () => 0);
  if (!(context instanceof Dict)) throw new Error('the context is no object');
  return context.entries().map(([name, value]) => [textOf(name as Str), value]);
}

/** Kinglet's answer in the oracle's terms; what is no error of a template is thrown. */
export function ownAnswer(
  template: string,
  variables: Iterable<[name: string, value: Value]>,
): OracleAnswer {
  try {
    return { text: parseTemplate(template).render(variables, RENDER_OPTIONS).text };
  } catch (error) {
    if (error instanceof RenderLimitError) return { skip: error.message };
    if (
      error instanceof TemplateError ||
      error instanceof TemplateRefusal ||
      error instanceof TemplateSyntaxError
    ) {
      return { error: `${error.name}: ${error.message}` };
    }
    throw error;
  }
}
