/** The shapes of the models that programs are compared on. */
import type { REAL } from '../../test/support/tokenizer-families.js';

export interface ModelShape {
  /** GGUF's name. MobileLLM-R1 is `llama4`, which its peers refuse: see bench/README.md. */
  readonly architecture: 'llama' | 'qwen3';
  readonly layers: number;
  readonly hiddenSize: number;
  readonly ffnSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly ropeTheta: number;
  readonly rmsNormEpsilon: number;
  readonly tokenizer: (typeof REAL)[number];
  /** GGUF's name of the pre-tokenizer. */
  readonly preTokenizer: string;
}

function mobileLlm(
  sizes: Pick<ModelShape, 'layers' | 'hiddenSize' | 'heads' | 'kvHeads' | 'ffnSize'>,
): ModelShape {
  return {
    ...sizes,
    architecture: 'llama',
    headDim: 64,
    vocabSize: 128_256,
    contextLength: 32_768,
    ropeTheta: 8e6,
    rmsNormEpsilon: 1e-5,
    tokenizer: 'llama3_1',
    preTokenizer: 'llama-bpe',
  };
}

/** All have a tied head. */
export const SHAPES: ReadonlyMap<string, ModelShape> = new Map([
  ['140M', mobileLlm({ layers: 15, hiddenSize: 576, heads: 9, kvHeads: 3, ffnSize: 2048 })],
  ['360M', mobileLlm({ layers: 15, hiddenSize: 1024, heads: 16, kvHeads: 4, ffnSize: 4096 })],
  ['950M', mobileLlm({ layers: 22, hiddenSize: 1536, heads: 24, kvHeads: 6, ffnSize: 6144 })],
  [
    'Qwen3-0.6B',
    {
      architecture: 'qwen3',
      layers: 28,
      hiddenSize: 1024,
      heads: 16,
      kvHeads: 8,
      headDim: 128,
      ffnSize: 3072,
      vocabSize: 151_936,
      contextLength: 40_960,
      ropeTheta: 1e6,
      rmsNormEpsilon: 1e-6,
      tokenizer: 'qwen3',
      preTokenizer: 'qwen2',
    },
  ],
]);
