/** What bench/arm/count-tokens makes of counts. */
import t from 'tap';
import {
  difference,
  instructions,
  largest,
  readCounts,
  total,
} from '../../../bench/arm/tokens/counts.js';
import { multiplyAdds, sumOf } from '../../../bench/arm/tokens/multiply-adds.js';
import { tokensTable } from '../../../bench/arm/tokens/report.js';
import { addressOf, nameAt, parseSymbols } from '../../../bench/arm/tokens/symbols.js';

t.test('counts are added up by function, anew after each mark', async (t) => {
  const text = [
    'mark 0 9 9 9',
    'at 9 1 1 1 400 /other',
    'mark 1 26 13 0',
    'at 10 2 1 0 400 /lib/with space.so',
    'at 3 2 1 0 404 /lib/with space.so',
    'mark end 1 0 0',
    'at 1 1 0 0 0 -',
    '',
  ].join('\n');
  const marks = readCounts(text, (file, offset) => `${file}@${offset > 300 ? 'f' : 'g'}`);
  t.strictSame([...marks.keys()], ['0', '1', 'end']);
  t.strictSame(
    [...(marks.get('1') ?? [])],
    [['/lib/with space.so@f', { simd: 26, memory: 13, other: 0 }]],
  );
  t.strictSame([...(marks.get('end') ?? [])], [['-@g', { simd: 1, memory: 0, other: 0 }]]);
});

t.test('a token is the difference of two runs by their tokens', async (t) => {
  const more = new Map([
    ['load', { simd: 100, memory: 10, other: 1 }],
    ['matmul', { simd: 50, memory: 20, other: 8 }],
  ]);
  const less = new Map([
    ['load', { simd: 100, memory: 10, other: 1 }],
    ['matmul', { simd: 10, memory: 4, other: 0 }],
  ]);
  const token = difference(more, less, 4);
  t.strictSame(total(token), { simd: 10, memory: 4, other: 2 });
  t.equal(instructions(total(token)), 16);
  t.strictSame(largest(token, 1), [['matmul', { simd: 10, memory: 4, other: 2 }]]);
});

t.test('a place in a file is named by its symbol', async (t) => {
  const segments = [
    { offset: 0, bytes: 0x100, address: 0 },
    { offset: 0x100, bytes: 0x100, address: 0x10100 },
  ];
  t.equal(addressOf(segments, 0x120), 0x10120);
  t.ok(Number.isNaN(addressOf(segments, 0x200)));
  const functions = parseSymbols(
    '0000000000010180 0000000000000020 t kinglet::neon::(anonymous namespace)::multiply\n' +
      '0000000000010100 0000000000000040 T first\n' +
      '0000000000020000 0000000000000008 B data\n' +
      '0000000000010110 t $x\n',
  );
  t.equal(nameAt(functions, 0x10120), 'first');
  t.equal(nameAt(functions, 0x10150), undefined, 'behind it');
  t.equal(nameAt(functions, 0x10180), 'neon::multiply');
  t.equal(nameAt(functions, 0x100), undefined, 'before all');
});

const MATRICES = [
  { name: 'token_embd.weight', format: 'q8_0', rows: 100, cols: 32 },
  { name: 'blk.0.attn_q.weight', format: 'q4_0', rows: 64, cols: 32 },
  { name: 'blk.1.attn_q.weight', format: 'q4_0', rows: 64, cols: 32 },
  { name: 'blk.0.attn_norm.weight', format: 'f32', rows: 1, cols: 32 },
];

t.test('multiply-adds are those of matrices; the head is the embedding or its own', async (t) => {
  const { layers, head } = multiplyAdds(MATRICES);
  t.strictSame([...layers], [['q4_0', 4096]]);
  t.strictSame([...head], [['q8_0', 3200]]);
  const own = { name: 'output.weight', format: 'q6_k', rows: 100, cols: 32 };
  t.strictSame([...multiplyAdds([...MATRICES, own]).head], [['q6_k', 3200]]);
  t.equal(sumOf(layers), 4096);
});

t.test('the table has the ratio, and how far Kinglet is from the floor', async (t) => {
  const profile = (simd: number) => new Map([['f', { simd, memory: 0, other: 0 }]]);
  const both = (simd: number) => ({
    ...{ prefill: profile(simd / 2), decode: profile(simd) },
    kernels: [],
  });
  const table = tokensTable([
    {
      file: 'tiny',
      isa: {
        ...{ name: 'i8mm', cpu: 'max' },
        vector: { name: 'sdot', products: 16 },
        matrix: { name: 'smmla', products: 32 },
      },
      multiplyAdds: multiplyAdds(MATRICES),
      engines: new Map([
        ['kinglet', both(7296)],
        ['llama.cpp', both(14592)],
      ]),
    },
  ]);
  const [, , decode = '', prefill = ''] = table.split('\n').map((line) => line.split(/ *\| */));
  // 7296 multiply-adds are 456 sdot; 4096 are 128 smmla.
  t.equal(decode[7], '0.50');
  t.equal(decode[10], '16.00');
  t.equal(prefill[10], '28.50');
});
