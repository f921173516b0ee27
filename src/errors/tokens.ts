/** The ids that there are, where one that is not among them is refused or left out. */
export function tokensOf(vocabSize: number): string {
  return `the model has tokens 0 to ${vocabSize - 1}`;
}
