/** The reference cases as they lie in test/golden: models with the logits that they must give. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GOLDEN, readExpected, type Expected } from './reference.js';

export interface GoldenCase {
  readonly kind: 'checkpoint' | 'GGUF';
  /** A folder's name, or a GGUF file's without what tells its parts and its kind. */
  readonly name: string;
  /** What openModel takes. */
  readonly path: string;
  readonly readExpected: () => Expected;
}

function folders(name: string): URL[] {
  return ['reference', 'generated']
    .map((origin) => new URL(`${origin}/${name}/`, GOLDEN))
    .filter((folder) => existsSync(folder));
}

export function goldenCheckpoints(): GoldenCase[] {
  return folders('checkpoints').flatMap((parent) =>
    readdirSync(parent).map((name) => {
      const folder = new URL(`${name}/`, parent);
      return {
        kind: 'checkpoint' as const,
        name,
        path: fileURLToPath(folder),
        readExpected: () => readExpected(new URL('expected.safetensors', folder)),
      };
    }),
  );
}

const EXPECTED = '.expected.safetensors';

/** GGUF files beside which NAME.expected.safetensors lies. */
export function goldenGgufs(): GoldenCase[] {
  return folders('gguf').flatMap((folder) => {
    const files = readdirSync(folder);
    return files
      .filter((file) => file.endsWith(EXPECTED))
      .map((file) => {
        const name = file.slice(0, -EXPECTED.length);
        // A split file is opened by its first part.
        const first = files.find((other) => other.startsWith(`${name}-00001-of-`));
        return {
          kind: 'GGUF' as const,
          name,
          path: fileURLToPath(new URL(first ?? `${name}.gguf`, folder)),
          readExpected: () => readExpected(new URL(file, folder)),
        };
      });
  });
}
