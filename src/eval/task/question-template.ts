import { KingletError } from '../../errors.js';
import { invalidFlag } from '../../errors/starting.js';
import {
  parseTemplate,
  RenderLimitError,
  TemplateError,
  TemplateRefusal,
  TemplateSyntaxError,
  valueOf,
  type Template,
} from '../../jinja/template.js';
import type { Fields } from '../fields.js';

const BOUNDS = { now: new Date(0), maxOutput: 1 << 20, maxSteps: 1 << 20 };

/** `--template`: a question made of an entry's fields by a jinja2 template. */
export class QuestionTemplate {
  readonly #template: Template;

  /** Throws `invalid_flag` where it can't be parsed. */
  constructor(source: string) {
    try {
      this.#template = parseTemplate(source);
    } catch (error) {
      if (!(error instanceof TemplateSyntaxError)) throw error;
      throw new KingletError('invalid_flag', `--template can't be parsed: ${error.message}.`);
    }
  }

  /** Throws `invalid_flag` where no field of an entry is used: every question would be the same. */
  check({ names, place }: Fields): void {
    if (names.some((name) => this.#template.reads(name))) return;
    const fields = `a template that reads a field of ${place} (${names.join(', ')})`;
    throw invalidFlag('--template', fields, this.#template.source);
  }

  /** Throws `file_malformed` where the template fails on the entry. */
  render(entry: Fields): string {
    try {
      const context = entry.names.map(
        (name) => [name, valueOf(entry.value(name) ?? null)] as const,
      );
      return this.#template.render(context, BOUNDS).text;
    } catch (error) {
      const known = [TemplateError, TemplateRefusal, RenderLimitError];
      if (!known.some((type) => error instanceof type)) throw error;
      const { message } = error as Error;
      throw new KingletError('file_malformed', `${entry.place}: --template failed: ${message}.`);
    }
  }
}
