/** From what a request says of tools to what the model is told of them, and what it may call. */
import { checkDepth } from '../../chat/check-chat.js';
import { checkBytes, invalidValue, unsupportedParameter } from '../../errors/requests.js';
import type { ToolFamily } from '../../tools/family.js';
import type { PlannedTool, ToolPlan } from '../../tools/tool-plan.js';
import { echoed } from '../echo.js';
import { jsonSourceOf } from '../json/source.js';
import { listElements, objectMembers } from '../json/slices.js';

/** Of one tool. */
const MAX_DESCRIPTION_BYTES = 16 * 2 ** 10;
const MAX_PARAMETERS_BYTES = 64 * 2 ** 10;
/** Of all tools together, as they were written. */
const MAX_TOOLS_BYTES = 512 * 2 ** 10;
/** OpenAI's pattern. */
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const SHOWN_NAME = 64;

/** What templates are given of a function. */
const TOLD = ['name', 'description', 'parameters'] as const;

/** A tool of a request, whichever API it came by. */
interface OfferedTool {
  readonly name: string;
  readonly description?: string;
  readonly strict?: boolean;
}

/** Which tools a request lets the model call. */
export interface ToolChoice {
  /** `required`: the model must call one. */
  readonly mode: 'none' | 'auto' | 'required';
  /** null: any of them. */
  readonly names: readonly string[] | null;
  /** The request field of each name, for errors. */
  readonly field: string;
}

/** What a request says of tools, in the words of no API. */
export interface ToolsOffered {
  readonly tools: readonly OfferedTool[];
  /** The value of the request's field that the tools came from. */
  readonly source: readonly unknown[];
  /** The request field of the tools. */
  readonly field: string;
  /** Where in an element the function stands; '' for the element itself. */
  readonly within: '' | 'function';
  readonly choice: ToolChoice;
  readonly parallel: boolean;
}

/** What comes of it. */
export interface RequestedTools {
  /** The list of tools for the template; null: it hears of none. */
  readonly toolsJson: string | null;
  /** null: the answer holds no calls. */
  readonly plan: ToolPlan | null;
}

/**
 * Checks the tools of a request, and plans their use. `family` is null where the server calls none.
 * Throws `invalid_value` for names, sizes and choices that can't be, `unsupported_parameter` for what
 * is not built.
 */
export function requestedTools(offered: ToolsOffered, family: ToolFamily | null): RequestedTools {
  const { choice, parallel, field } = offered;
  const told = functionSources(offered);
  const tools = plannedTools(offered, told);
  const callable = allowedTools(tools, choice);
  if (tools.length === 0 || choice.mode === 'none') return { toolsJson: null, plan: null };
  if (family === null) {
    throw unsupportedParameter(field, 'the server was started with --tool-call-parser off');
  }
  const plan = { family, choice: choice.mode, callable, parallel };
  return { toolsJson: `[${told.map(toolJson).join(', ')}]`, plan };
}

function plannedTools(
  offered: ToolsOffered,
  told: readonly ReadonlyMap<string, string>[],
): PlannedTool[] {
  const names = new Set<string>();
  return offered.tools.map((tool, i) => {
    const { name, description = '', strict = false } = tool;
    const place = offered.within === '' ? '' : `.${offered.within}`;
    const field = `${offered.field}[${i}]${place}`;
    if (!NAME.test(name)) {
      const shown = JSON.stringify(echoed(name, SHOWN_NAME));
      throw invalidValue(
        `${field}.name`,
        `expected 1 to 64 letters, digits, _ and -, but got ${shown}`,
      );
    }
    if (names.has(name)) throw invalidValue(`${field}.name`, `there are two tools called ${name}`);
    names.add(name);
    const members = told[i] ?? new Map<string, string>();
    const parametersJson = members.get('parameters') ?? null;
    checkBytes(`${field}.description`, Buffer.byteLength(description), MAX_DESCRIPTION_BYTES);
    checkBytes(
      `${field}.parameters`,
      Buffer.byteLength(parametersJson ?? ''),
      MAX_PARAMETERS_BYTES,
    );
    checkDepth(`[${toolJson(members)}]`, `${field}.parameters`);
    return { name, strict, parametersJson, field };
  });
}

/** Throws `invalid_value` for a choice among no tools. */
export function checkAsksForNothing({ mode, names, field }: ToolChoice): void {
  if (mode !== 'required' && names === null) return;
  throw invalidValue(field, 'there are no tools that could be called');
}

/** The tools that may be called. */
function allowedTools(tools: readonly PlannedTool[], choice: ToolChoice): readonly PlannedTool[] {
  const { names, field } = choice;
  if (tools.length === 0) checkAsksForNothing(choice);
  if (names === null) return tools;
  const unknown = names.find((name) => !tools.some((tool) => tool.name === name));
  if (unknown !== undefined) {
    throw invalidValue(
      field,
      `there is no tool called ${JSON.stringify(echoed(unknown, SHOWN_NAME))}`,
    );
  }
  if (names.length === 0) throw invalidValue(field, 'it allows no tool');
  return tools.filter((tool) => names.includes(tool.name));
}

/** The members that templates are given, as the request wrote them; null means absent. */
function functionSources({ source, field, within }: ToolsOffered): Map<string, string>[] {
  const json = jsonSourceOf(source) ?? JSON.stringify(source);
  checkBytes(field, Buffer.byteLength(json), MAX_TOOLS_BYTES);
  return listElements(json).map((element) => {
    const members = objectMembers(element);
    const own = within === '' ? members : objectMembers(members.get(within) ?? '{}');
    const told = [...own].filter(
      ([name, value]) => (TOLD as readonly string[]).includes(name) && value !== 'null',
    );
    return new Map(told);
  });
}

/** A tool in the shape of chat completions, which templates are written for. */
function toolJson(members: ReadonlyMap<string, string>): string {
  const texts = [...members].map(([name, value]) => `"${name}": ${value}`);
  return `{"type": "function", "function": {${texts.join(', ')}}}`;
}
