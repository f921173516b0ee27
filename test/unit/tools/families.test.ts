import t from 'tap';
import { markersOf, spellingOf } from '../../../src/tools/call-format.js';
import { FAMILY_NAMES, familyNamed, familyOf } from '../../../src/tools/families.js';
import { installedTemplates } from '../../jinja-oracle/real-templates.js';
import { BYTE_TEMPLATE } from '../../support/byte-tokenizer.js';

/** Of the templates that are installed for tests; the others are generic. */
const KNOWN: Readonly<Record<string, RegExp>> = {
  hermes: /tokenizer-qwen2_5$|tokenizer-qwen3$|cogito:14b|granite4|qwen2\.5:|qwen3-next|qwq|rnj-1/,
  llama3_json: /llama3\.[12]|llama4|nemotron:70b/,
  deepseek: /deepcoder|deepseek_v3|deepseek-r1|deepseek-v2\.5|r1-1776/,
  smollm2: /smollm2/,
};

t.test('the family is found from the template', async (t) => {
  const found: Record<string, number> = {};
  for (const { name, source } of await installedTemplates()) {
    const expected = Object.keys(KNOWN).find((family) => KNOWN[family]!.test(name)) ?? 'generic';
    t.equal(familyOf(source).name, expected, name);
    found[expected] = (found[expected] ?? 0) + 1;
  }
  t.strictSame(Object.keys(found).sort(), [...FAMILY_NAMES].sort());
  t.equal(familyOf(BYTE_TEMPLATE).name, 'generic');
  t.equal(familyOf('{# tools <tool_call> "arguments" #}').name, 'generic', 'comments are no part');
  t.throws(() => familyNamed('toString'));
});

t.test('what a family spells', async (t) => {
  const spelled = (name: string): string => {
    const s = spellingOf(familyNamed(name).format);
    const call = `${s.beforeName}f${s.beforeArguments}{}${s.afterArguments}`;
    return s.begin + call + s.between + call + s.end;
  };
  t.strictSame(Object.fromEntries(FAMILY_NAMES.map((name) => [name, spelled(name)])), {
    llama3_json: '{"name": "f", "parameters": {}}; {"name": "f", "parameters": {}}',
    hermes:
      '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>\n' +
      '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>',
    deepseek:
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{}\n```<｜tool▁call▁end｜>\n' +
      '<｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    smollm2: '<tool_call>[{"name": "f", "arguments": {}}, {"name": "f", "arguments": {}}]</tool_call>',
    generic:
      '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>\n' +
      '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>',
  }); // prettier-ignore
  t.strictSame(markersOf(familyNamed('llama3_json').format), ['<|python_tag|>']);
  t.strictSame(markersOf(familyNamed('smollm2').format), ['<tool_call>', '</tool_call>']);
  t.equal(markersOf(familyNamed('deepseek').format).length, 5);
});
