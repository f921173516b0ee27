/** A copy of a reference checkpoint that a test may change. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { openModel } from '../../../src/model/open-model.js';
import type { ModelSource } from '../../../src/model/model-source.js';
import { GOLDEN } from '../../support/reference.js';

export type Json = Record<string, unknown>;

/** A tensor as the header of a safetensors file has it. */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

export type Tensors = Map<string, [Entry, Buffer]>;

export class Checkpoint {
  readonly folder: string;

  /** `origin` is a folder of test/golden. */
  constructor(t: Test, origin: string) {
    this.folder = join(t.testdir(), basename(origin));
    cpSync(fileURLToPath(new URL(origin, GOLDEN)), this.folder, { recursive: true });
  }

  open(): Promise<ModelSource> {
    return openModel(this.folder);
  }

  /** Changes keys of a JSON file; undefined takes one away. */
  edit(file: string, change: Json): void {
    const path = join(this.folder, file);
    const before = JSON.parse(readFileSync(path, 'utf8')) as Json;
    writeFileSync(path, JSON.stringify({ ...before, ...change }));
  }

  /** Rewrites model.safetensors as `change` leaves the map. */
  tensors(change: (all: Tensors) => void): void {
    const path = join(this.folder, 'model.safetensors');
    const file = readFileSync(path);
    const end = 8 + Number(file.readBigUInt64LE());
    const header = JSON.parse(file.toString('utf8', 8, end)) as Record<string, Entry>;
    const all: Tensors = new Map();
    for (const [name, entry] of Object.entries(header)) {
      if (name === '__metadata__') continue;
      const [from, to] = entry.data_offsets;
      all.set(name, [entry, file.subarray(end + from, end + to)]);
    }
    change(all);
    let at = 0;
    const written: Record<string, Entry> = {};
    for (const [name, [entry, bytes]] of all) {
      written[name] = { ...entry, data_offsets: [at, (at += bytes.length)] };
    }
    const text = Buffer.from(JSON.stringify(written));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(path, Buffer.concat([length, text, ...[...all.values()].map(([, b]) => b)]));
  }
}
