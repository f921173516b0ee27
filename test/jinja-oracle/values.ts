/**
 * The variables that fuzzed templates see, as JSON, so that 1.0 stays a float and the order of the
 * keys holds on both sides; and their names by kind.
 */
export const CONTEXT_JSON = String.raw`{
"s": "Hello World", "lower": "abc", "pad": "  padded\t\n", "empty": "",
"lines": "one\ntwo\r\nthree\n\nfive\n", "uni": "Ünï 你好 👍🏽 ß ﬁ é İı Ǆ", "html": "<b>&'\"</b> <i x=1>y</i>",
"digits": "42", "decimal": "-3.50e2", "hex": "0x1F", "think": "<think>\nhm\n</think>\n\nAnswer",
"title": "they're bill's friends-from the_UK 3rd", "percent": "%s and %d and %%", "braces": "{} {0} {name!r:>5}",
"long": "The quick brown fox jumps over the lazy dog, and then it sleeps for averyveryverylongword-with-hyphens until noon.",
"url": "see https://example.com/a?b=c&d=é or www.x.org, mail me@x.org", "special": "a<|im_end|>b", "quotes": "it's \"q\" \\ \n",
"zero": 0, "one": 1, "neg": -7, "i": 42, "big": 123456789012345680, "huge": 98765432109876543210987654321,
"f": 1.0, "g": -2.5, "tiny": 1e-7, "wide": 1e22, "tenth": 0.1, "nil": null, "yes": true, "no": false,
"ints": [3, 1, 2, 1], "words": ["b", "A", "c", "B", "a"], "mixed": [1, "a", null, true, 2.5], "floats": [1.5, 2.0, -0.0],
"nested": [[1, 2], [3, 4]], "pairs": [["k", 1], ["j", 2]], "none_list": [],
"d": {"b": 1, "a": {"x": [1, 2]}, "C": 3.0}, "none_dict": {}, "args": {"1": 1, "location": "Zürich", "n": 1.0, "big": 123456789012345680, "l": [], "items": 5},
"people": [{"name": "Bo", "age": 30, "tags": ["x"]}, {"name": "al", "age": 25, "tags": []}, {"name": "Cy", "age": 30}],
"messages": [{"role": "system", "content": " Be kind. "}, {"role": "user", "content": "Hi\n"}, {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"q": "x", "k": 2}}}]}]
}`;

export type Kind = 'string' | 'int' | 'float' | 'list' | 'dict' | 'rows' | 'any';

export const NAMES: Readonly<Record<Exclude<Kind, 'any'>, readonly string[]>> = {
  string: (
    's lower pad empty lines uni html digits decimal hex think title percent braces long url ' +
    'special quotes'
  ).split(' '),
  int: 'zero one neg i big huge yes no'.split(' '),
  float: 'f g tiny wide tenth'.split(' '),
  list: 'ints words mixed floats nested pairs none_list people messages'.split(' '),
  dict: 'd none_dict args people[0] messages[2] messages[0]'.split(' '),
  rows: 'people messages pairs nested'.split(' '),
};

/** Of every kind but those, and those that no kind has. */
export const OTHER_NAMES: readonly string[] = ['nil', 'missing', 'd.missing', 'none', 'True'];
