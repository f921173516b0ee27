/** What is written in several ways, or only decides how an answer looks. */

/** Characters, and the LaTeX that says the same. */
export const CHARACTERS: Readonly<Record<string, string>> = {
  '−': '-',
  '–': '-',
  '—': '-',
  '×': '*',
  '·': '*',
  '⋅': '*',
  '∗': '*',
  '÷': '/',
  '⁄': '/',
  '∕': '/',
  π: '\\pi ',
  '∞': '\\infty ',
  '√': '\\sqrt ',
  '≤': '\\le ',
  '≥': '\\ge ',
  '≠': '\\ne ',
  '∪': '\\cup ',
  '∩': '\\cap ',
  '∈': '\\in ',
  '±': '\\pm ',
  '∅': '\\emptyset ',
  '°': '\\degree ',
};

/** Raised characters, and what they raise. */
export const RAISED: Readonly<Record<string, string>> = {
  '⁰': '0',
  '¹': '1',
  '²': '2',
  '³': '3',
  '⁴': '4',
  '⁵': '5',
  '⁶': '6',
  '⁷': '7',
  '⁸': '8',
  '⁹': '9',
  '⁻': '-',
};

/** Commands that say what another says, or a sign. */
export const COMMANDS: Readonly<Record<string, string>> = {
  '\\dfrac': '\\frac',
  '\\tfrac': '\\frac',
  '\\cfrac': '\\frac',
  '\\leq': '\\le',
  '\\leqslant': '\\le',
  '\\geq': '\\ge',
  '\\geqslant': '\\ge',
  '\\neq': '\\ne',
  '\\varnothing': '\\emptyset',
  '\\degrees': '\\degree',
  '\\dots': '\\ldots',
  '\\cdots': '\\ldots',
  '\\rightarrow': '\\to',
  '\\cdot': '*',
  '\\times': '*',
  '\\div': '/',
  '\\lbrace': '\\{',
  '\\rbrace': '\\}',
  '\\lbrack': '[',
  '\\rbrack': ']',
  '\\lvert': '|',
  '\\rvert': '|',
  '\\vert': '|',
  '\\mid': '|',
  '\\|': '|',
  '\\colon': ':',
  '\\lt': '<',
  '\\gt': '>',
  '\\_': '_',
  '\\#': '#',
  '\\&': '&',
};

/** Commands whose argument is words, or in another type. */
export const OF_TEXT: ReadonlySet<string> = new Set(
  [
    ...['text', 'textbf', 'textit', 'textrm', 'textsf', 'texttt', 'textnormal', 'mbox', 'hbox'],
    ...['mathrm', 'mathbf', 'mathit', 'mathsf', 'mathtt', 'mathbb', 'mathcal', 'boldsymbol', 'bm'],
    ...['operatorname', 'emph', 'underline', 'bf', 'rm'],
  ].map((name) => `\\${name}`),
);

/** Commands that set spaces, and those that say nothing. */
export const SPACES: ReadonlySet<string> = new Set(
  [';', ':', '>', ' ', '\n', 'quad', 'qquad', 'space', 'enspace'].map((name) => `\\${name}`),
);
export const SILENT: ReadonlySet<string> = new Set(
  [
    ...['!', ',', '(', ')', '[', ']', '$', '%', '/', 'left', 'right', 'middle'],
    ...['big', 'Big', 'bigg', 'Bigg', 'bigl', 'bigr', 'Bigl', 'Bigr', 'biggl', 'biggr'],
    ...['displaystyle', 'textstyle', 'limits', 'boxed', 'fbox', 'thinspace', 'negthinspace'],
  ].map((name) => `\\${name}`),
);
/** Currencies, percent and what marks text as mathematics or code. */
export const SILENT_CHARACTERS: ReadonlySet<string> = new Set('$£€¥%`');

/** Words that are written like commands, and functions whose command is only a word. */
export const WORD_COMMANDS: ReadonlyMap<string, string> = new Map([
  ['pi', '\\pi'],
  ['sqrt', '\\sqrt'],
  ['infinity', '\\infty'],
]);
export const FUNCTIONS: ReadonlySet<string> = new Set(
  'sin cos tan sec csc cot arcsin arccos arctan sinh cosh tanh log ln exp max min gcd lcm det'.split(
    ' ',
  ),
);
