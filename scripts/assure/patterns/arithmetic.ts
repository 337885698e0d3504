import { invert, reduce } from '../../../core/field.ts'
import type { Pattern, Values } from './pattern.ts'
import { at, combinations, list } from './values.ts'

// T1, T4 and T5: what is assigned and never constrained, numbers with two sets of digits, divisions
// by zero.

/** Coefficients of the Montgomery form of BabyJubJub, ERC-2494. */
const MONTGOMERY_A = 168_698n
/** A point of it: the base point of ERC-2494, and twice it is not needed here. */
const FIRST = { x: 7n, y: 11n }
const SECOND = { x: 13n, y: 3n }

export const ARITHMETIC: readonly Pattern[] = [
  {
    name: 'quotient-never-multiplied-back',
    threat: 'T1',
    fault: 'a quotient is assigned, and no constraint multiplies it back',
    body: `signal input total; signal input count; signal output share;
      share <-- total / count;
      CHECK`,
    faulty: '',
    mended: 'share * count === total;',
    samples: combinations({ total: [6n, 12n, 35n], count: [2n, 3n] }),
    outputs: ['share'],
    isRight: (inputs, outputs) =>
      outputs !== undefined &&
      reduce(at(outputs, 'share') * at(inputs, 'count')) === at(inputs, 'total'),
  },
  {
    name: 'half-a-test-for-zero',
    threat: 'T1',
    fault: 'a test for zero ties its answer to an inverse, but not the answer to its input',
    body: 'signal input in; signal output isZero; CHECK',
    faulty: `signal inverse <-- in == 0 ? 0 : 1 / in;
      isZero <== 1 - in * inverse;`,
    mended: 'isZero <== IsZero()(in);',
    samples: combinations({ in: [0n, 1n, 5n] }),
    outputs: ['isZero'],
    isRight: (inputs, outputs) => outputs?.isZero === (at(inputs, 'in') === 0n ? 1n : 0n),
  },
  {
    name: 'digits-of-a-number-plus-the-order',
    threat: 'T4',
    fault: '254 digits leave room for the number plus the order of the field',
    body: 'signal input in; signal output isOdd; signal digits[254] <== CHECK; isOdd <== digits[0];',
    faulty: 'Num2Bits(254)(in)',
    mended: 'Num2Bits_strict()(in)',
    samples: combinations({ in: [5n] }),
    outputs: ['isOdd'],
    isRight: (inputs, outputs) => outputs?.isOdd === at(inputs, 'in') % 2n,
  },
  {
    name: 'slope-through-one-point',
    threat: 'T5',
    fault: 'the line through two points has any slope if they are one',
    body: `signal input first[2]; signal input second[2]; signal output sum[2];
      signal slope;
      slope <-- (second[1] - first[1]) / (second[0] - first[0]);
      slope * (second[0] - first[0]) === second[1] - first[1];
      CHECK
      signal square <== slope * slope;
      sum[0] <== square - ${String(MONTGOMERY_A)} - first[0] - second[0];
      sum[1] <== slope * (first[0] - sum[0]) - first[1];`,
    faulty: '',
    mended: `signal distance <== second[0] - first[0];
      signal inverse <-- 1 / distance;
      inverse * distance === 1;`,
    samples: [points(FIRST, SECOND), points(FIRST, FIRST)],
    outputs: ['sum[0]', 'sum[1]'],
    isRight: isSumOfPoints,
  },
  {
    name: 'mean-of-nothing',
    threat: 'T5',
    fault: 'the mean of no numbers is any number',
    body: `signal input sum; signal input count; signal output mean;
      mean <-- sum / count;
      mean * count === sum;
      CHECK`,
    faulty: '',
    mended: 'signal isEmpty <== IsZero()(count); isEmpty === 0;',
    samples: combinations({ sum: [0n, 6n], count: [0n, 2n, 3n] }),
    outputs: ['mean'],
    isRight: (inputs, outputs) =>
      at(inputs, 'count') === 0n
        ? outputs === undefined
        : outputs !== undefined &&
          reduce(at(outputs, 'mean') * at(inputs, 'count')) === at(inputs, 'sum'),
  },
]

interface Place {
  readonly x: bigint
  readonly y: bigint
}

function points(first: Place, second: Place): Values {
  return { ...list('first', [first.x, first.y]), ...list('second', [second.x, second.y]) }
}

function isSumOfPoints(inputs: Values, outputs: Values | undefined): boolean {
  const [x1, y1] = [at(inputs, 'first[0]'), at(inputs, 'first[1]')]
  const [x2, y2] = [at(inputs, 'second[0]'), at(inputs, 'second[1]')]
  if (x1 === x2) return outputs === undefined
  const slope = reduce((y2 - y1) * invert(x2 - x1))
  const x = reduce(slope * slope - MONTGOMERY_A - x1 - x2)
  return outputs?.['sum[0]'] === x && outputs['sum[1]'] === reduce(slope * (x1 - x) - y1)
}
