/** The families as values. */
import type { ArchitectureRecord } from './architecture.js';
import * as families from './families.js';
import type { Architecture } from './name.js';

const RECORDS: { readonly [Name in Architecture]: ArchitectureRecord<Name> } = families;

export const ARCHITECTURES: readonly ArchitectureRecord[] = Object.values(RECORDS);

export function architectureRecord(name: Architecture): ArchitectureRecord {
  return RECORDS[name];
}
