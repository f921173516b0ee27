/** UTF-8 bytes of a schema, a grammar or a regular expression. */
export const MAX_GRAMMAR_TEXT_BYTES = 1 << 20;
/** Texts of a choice. */
export const MAX_CHOICES = 10_000;
/** CPU time of compiling, in milliseconds. */
export const MAX_COMPILE_MS = 2000;
