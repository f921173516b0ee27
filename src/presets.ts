/** Ways of asking that a checkpoint's authors trained it for, which an operator can turn on by name. */
export interface Preset {
  readonly name: string;
  /** Stands before chats that have no system message of their own. */
  readonly system: string;
}

export const PRESETS: readonly Preset[] = [
  {
    // The model card's, for mathematics: its answers are then in \boxed{}, where scorers look for them.
    name: 'mobilellm-r1-math',
    system: 'Please reason step by step, and put your final answer within \\boxed{}.',
  },
];

export function presetNamed(name: string): Preset | null {
  return PRESETS.find((preset) => preset.name === name) ?? null;
}
