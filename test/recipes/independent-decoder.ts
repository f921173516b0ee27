/**
 * A decoder of its own, in double precision and without Kinglet's code: what a new architecture's
 * fixture is computed by. RMS norms before attention and feed-forward, grouped queries, SwiGLU,
 * an output matrix of its own; RoPE pairs neighbours (2i, 2i + 1).
 */
import { randomSource } from '../support/random.js';

export interface Shape {
  readonly layers: number;
  readonly hidden: number;
  readonly ffn: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocab: number;
  readonly theta: number;
  readonly epsilon: number;
}

/** A weight [rows][cols], row by row. */
export interface Weight {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array;
}

/** Random weights under Hugging Face's names, drawn from `seed`. */
export function randomWeights(shape: Shape, seed: number): Map<string, Weight> {
  const random = randomSource(seed);
  const weights = new Map<string, Weight>();
  const add = (name: string, rows: number, cols: number, middle = 0): void => {
    const values = Float32Array.from(
      { length: rows * cols },
      () => middle + 0.2 * (random() + random() - 1),
    );
    weights.set(name, { rows, cols, values });
  };
  const { hidden, ffn, heads, kvHeads, headDim } = shape;
  add('model.embed_tokens.weight', shape.vocab, hidden);
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = `model.layers.${layer}.`;
    add(`${at}input_layernorm.weight`, 1, hidden, 1);
    add(`${at}self_attn.q_proj.weight`, heads * headDim, hidden);
    add(`${at}self_attn.k_proj.weight`, kvHeads * headDim, hidden);
    add(`${at}self_attn.v_proj.weight`, kvHeads * headDim, hidden);
    add(`${at}self_attn.o_proj.weight`, hidden, heads * headDim);
    add(`${at}post_attention_layernorm.weight`, 1, hidden, 1);
    add(`${at}mlp.gate_proj.weight`, ffn, hidden);
    add(`${at}mlp.up_proj.weight`, ffn, hidden);
    add(`${at}mlp.down_proj.weight`, hidden, ffn);
  }
  add('model.norm.weight', 1, hidden, 1);
  add('lm_head.weight', shape.vocab, hidden);
  return weights;
}

/** The logits after each token, [tokens][vocab]. */
export function decode(
  shape: Shape,
  weights: ReadonlyMap<string, Weight>,
  tokens: readonly number[],
): number[][] {
  const weight = (name: string): Weight => {
    const found = weights.get(name);
    if (found === undefined) throw new Error(`no weight ${name}`);
    return found;
  };
  const embedding = weight('model.embed_tokens.weight');
  let states = tokens.map((token) => rowOf(embedding, token));
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = (name: string): Weight => weight(`model.layers.${layer}.${name}.weight`);
    const normed = states.map((x) => norm(x, at('input_layernorm'), shape.epsilon));
    const queries = normed.map((x, t) => rotate(times(at('self_attn.q_proj'), x), t, shape));
    const keys = normed.map((x, t) => rotate(times(at('self_attn.k_proj'), x), t, shape));
    const values = normed.map((x) => times(at('self_attn.v_proj'), x));
    states = states.map((x, t) => {
      const mixed = attend(queries[t] ?? [], keys.slice(0, t + 1), values, shape);
      return sum(x, times(at('self_attn.o_proj'), mixed));
    });
    states = states.map((x) => {
      const input = norm(x, at('post_attention_layernorm'), shape.epsilon);
      const gate = times(at('mlp.gate_proj'), input).map((g) => g / (1 + Math.exp(-g)));
      const up = times(at('mlp.up_proj'), input);
      return sum(x, times(at('mlp.down_proj'), product(gate, up)));
    });
  }
  const last = weight('model.norm.weight');
  const head = weight('lm_head.weight');
  return states.map((x) => times(head, norm(x, last, shape.epsilon)));
}

function rowOf(weight: Weight, row: number): number[] {
  return Array.from(weight.values.subarray(row * weight.cols, (row + 1) * weight.cols));
}

function times(weight: Weight, x: readonly number[]): number[] {
  return Array.from({ length: weight.rows }, (_, row) =>
    product(rowOf(weight, row), x).reduce((total, part) => total + part, 0),
  );
}

function product(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value * (b[i] ?? NaN));
}

function sum(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + (b[i] ?? NaN));
}

function norm(x: readonly number[], weight: Weight, epsilon: number): number[] {
  const mean = x.reduce((total, value) => total + value * value, 0) / x.length;
  return product(x, rowOf(weight, 0)).map((value) => value / Math.sqrt(mean + epsilon));
}

/** RoPE of every head of a row at position `t`: (2i, 2i + 1) turn by t * theta ** (-2i / d). */
function rotate(row: readonly number[], t: number, { headDim, theta }: Shape): number[] {
  return row.map((value, at) => {
    const i = at % headDim;
    const angle = t * theta ** -((i - (i % 2)) / headDim);
    const partner = row[i % 2 === 0 ? at + 1 : at - 1] ?? NaN;
    return value * Math.cos(angle) + (i % 2 === 0 ? -partner : partner) * Math.sin(angle);
  });
}

/** One row's attention over the rows up to it; each KV head serves heads / kvHeads queries. */
function attend(
  query: readonly number[],
  keys: readonly (readonly number[])[],
  values: readonly (readonly number[])[],
  { heads, kvHeads, headDim }: Shape,
): number[] {
  const out: number[] = [];
  for (let head = 0; head < heads; head++) {
    const shared = Math.floor(head / (heads / kvHeads)) * headDim;
    const part = (row: readonly number[]): number[] => row.slice(shared, shared + headDim);
    const q = query.slice(head * headDim, (head + 1) * headDim);
    const weights = keys.map((key) =>
      Math.exp(product(q, part(key)).reduce((a, b) => a + b, 0) / Math.sqrt(headDim)),
    );
    const total = weights.reduce((a, b) => a + b, 0);
    let mixed = new Array<number>(headDim).fill(0);
    weights.forEach((weight, j) => {
      mixed = sum(
        mixed,
        part(values[j] ?? []).map((value) => (value * weight) / total),
      );
    });
    out.push(...mixed);
  }
  return out;
}
