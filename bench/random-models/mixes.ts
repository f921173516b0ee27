/** Which format each matrix has in a file that llama.cpp's quantizer would call Q4_0 and the like. */
import { formatOfName } from '../../test/support/formats.js';

/** Those that bench/peers compares. */
export const MIXES = ['Q4_0', 'Q8_0', 'Q4_K_M'] as const;
/** One format in all matrices but the head, of floats there too. */
export const FORMAT_MIXES = [
  'F16',
  'BF16',
  'MXFP4',
  'Q4_1',
  'Q5_0',
  'Q5_1',
  'IQ4_NL',
  'IQ4_XS',
  'Q2_K',
  'Q3_K',
  'Q4_K',
  'Q5_K',
  'Q6_K',
] as const;
export type Mix = (typeof MIXES)[number];
type FormatMix = (typeof FORMAT_MIXES)[number];

/** The matrices of a layer, by GGUF's names; the tied embedding is the head. */
const MATRIX_NAMES = [
  'token_embd',
  'attn_q',
  'attn_k',
  'attn_v',
  'attn_output',
  'ffn_gate',
  'ffn_up',
  'ffn_down',
] as const;
export type MatrixName = (typeof MATRIX_NAMES)[number];

export const isMatrixName = (name: string): name is MatrixName =>
  (MATRIX_NAMES as readonly string[]).includes(name);

/** What stands in for a K-quant where a row is no multiple of its block. */
const INSTEAD: Readonly<Record<string, string>> = {
  q2_k: 'iq4_nl',
  q3_k: 'iq4_nl',
  iq4_xs: 'iq4_nl',
  q4_k: 'q5_0',
  q5_k: 'q5_1',
  q6_k: 'q8_0',
};

/** The head has more bits than the rest; in Q4_K_M so have half of the layers' values and downs. */
export function formatIn(
  mix: Mix | FormatMix,
  matrix: MatrixName,
  cols: number,
  layer: number,
  layers: number,
): string {
  const wanted = wantedIn(mix, matrix, layer, layers);
  return cols % formatOfName(wanted).blockValues === 0 ? wanted : (INSTEAD[wanted] ?? wanted);
}

function wantedIn(mix: Mix | FormatMix, matrix: MatrixName, layer: number, layers: number): string {
  if (mix === 'Q8_0' || mix === 'F16' || mix === 'BF16') return mix.toLowerCase();
  if (matrix === 'token_embd') return 'q6_k';
  if (mix !== 'Q4_K_M') return mix.toLowerCase();
  const sensitive = matrix === 'attn_v' || matrix === 'ffn_down';
  return sensitive && hasMoreBits(layer, layers) ? 'q6_k' : 'q4_k';
}

/** The first and the last eighth of the layers, and every third between them. */
function hasMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}
