/** What is asked, whichever file it came from. */

interface Asked {
  /** Place in the file, from 0. */
  readonly index: number;
  /** Names the question wherever it is asked: a hash of its entry. */
  readonly key: string;
  /** What reports group it by (`--by`); null without. */
  readonly group: string | null;
  /** What the model is told. */
  readonly text: string;
}

/** A question that is answered in words. */
export interface OpenQuestion extends Asked {
  /** The right answer; null: any answer will do, and none is judged. */
  readonly gold: string | null;
}

/** A question whose answer is one of several texts. */
export interface ChoiceQuestion extends Asked {
  readonly choices: readonly string[];
  /** Index of the right one. */
  readonly gold: number;
}

/** How a file's questions are put unless told otherwise. */
export interface Manners {
  /** Whether the model is told to think and to put its answer into a box. */
  readonly boxed: boolean;
  /** How answers are found in texts: see `extractor`. */
  readonly answer: string;
}

export type Task =
  | {
      readonly type: 'open';
      readonly kind: string;
      readonly manners: Manners;
      readonly questions: readonly OpenQuestion[];
    }
  | {
      readonly type: 'choices';
      readonly kind: string;
      readonly questions: readonly ChoiceQuestion[];
    };
