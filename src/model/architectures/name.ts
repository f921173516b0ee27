/** A name for each model family, declared by the family's own file; registry.ts asks for all of them. */
export interface ArchitectureNames {}

/** GGUF's name of a family that is built. */
export type Architecture = keyof ArchitectureNames;
