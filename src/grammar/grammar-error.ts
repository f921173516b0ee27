/** Why a grammar can't be used. */
export type GrammarFault =
  /** It contradicts the rules of its own language. */
  | 'malformed'
  /** It asks for what is not built. */
  | 'unsupported'
  /** No answer fits it. */
  | 'unsatisfiable'
  /** It fits the rules, and takes more than a limit allows. */
  | 'tooComplex';

/** What is wrong with a grammar, and where in it. */
export class GrammarError extends Error {
  readonly fault: GrammarFault;
  /** A JSON pointer into a schema ("#/properties/a"), a rule's name, or '' for the whole. */
  readonly place: string;

  constructor(fault: GrammarFault, message: string, place = '') {
    super(message);
    this.fault = fault;
    this.place = place;
  }
}

export const malformed = (what: string, place = ''): GrammarError =>
  new GrammarError('malformed', what, place);
export const unsupported = (what: string, place = ''): GrammarError =>
  new GrammarError('unsupported', what, place);
export const unsatisfiable = (what: string, place = ''): GrammarError =>
  new GrammarError('unsatisfiable', what, place);
export const tooComplex = (what: string, place = ''): GrammarError =>
  new GrammarError('tooComplex', what, place);
