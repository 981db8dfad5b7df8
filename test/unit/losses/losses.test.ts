/** The losses: values of the lectures, the lectures' questions as properties, reductions, and mistakes. */
import {
  add,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  binaryHinge,
  ChainruleError,
  crossEntropy,
  DataError,
  DTypeError,
  elasticNet,
  entropy,
  Generator,
  grad,
  gradcheck,
  huberLoss,
  klDiv,
  l1,
  l1Loss,
  l2,
  log,
  loss,
  mseLoss,
  mul,
  multiclassHinge,
  nllLoss,
  normal,
  oneVsRestCrossEntropy,
  ShapeError,
  softmax,
  square,
  sub,
  type Tensor,
  tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const SCORES = [
  [3.2, 5.1, -1.7],
  [1.3, 4.9, 2.0],
  [2.2, 2.5, -3.1],
];
const LABELS = [0, 1, 2];
const near = (t: Tensor, expected: readonly number[]): void => {
  expect(t.size).toBe(expected.length);
  t.data.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 10));
};

describe('multiclass hinge', () => {
  test('cat, car, frog: 2.9, 0, 12.9; mean 5.27', () => {
    near(multiclassHinge(SCORES, LABELS, { reduction: 'none' }), [2.9, 0, 12.9]);
    expect(multiclassHinge(SCORES, LABELS).item()).toBeCloseTo(15.8 / 3, 12);
    expect(multiclassHinge(SCORES, LABELS, { reduction: 'sum' }).item()).toBeCloseTo(15.8, 12);
    expect(multiclassHinge(SCORES[0]!, 0).item()).toBeCloseTo(2.9, 12);
  });

  test('Q1: a change inside the margin changes nothing', () => {
    for (const by of [-0.5, 0, 0.5]) expect(multiclassHinge([1.3, 4.9 + by, 2.0], 1).item()).toBe(0);
    expect(grad((s) => multiclassHinge(s, 1))(tensor([1.3, 4.9, 2.0])).toArray()).toEqual([0, 0, 0]);
  });

  test('Q2: never negative, without an upper bound', () => {
    const generator = new Generator(1);
    for (let i = 0; i < 50; i++)
      expect(multiclassHinge(normal([4, 5], { generator, std: 3 }), [0, 1, 2, 3]).item()).toBeGreaterThanOrEqual(0);
    expect(multiclassHinge([0, 1e6], 0).item()).toBe(1e6 + 1);
  });

  test('Q3: at scores of 0 it is C − 1', () => {
    for (const C of [2, 3, 10]) expect(multiclassHinge(new Array<number>(C).fill(0), 0).item()).toBe(C - 1);
  });

  test('Q4: with the right class it grows by 1, an example', () => {
    near(multiclassHinge(SCORES, LABELS, { includeCorrect: true, reduction: 'none' }), [3.9, 1, 13.9]);
    near(multiclassHinge(SCORES, LABELS, { includeCorrect: true, delta: 3, power: 2, reduction: 'none' }), [
      4.9 ** 2 + 9,
      0.1 ** 2 * 0 + 9 + Math.max(0, 2 - 4.9 + 3) ** 2,
      8.3 ** 2 + 8.6 ** 2 + 9,
    ]);
  });

  test('Q5: the mean over classes only rescales', () => {
    near(multiclassHinge(SCORES, LABELS, { reduceClasses: 'meanOthers', reduction: 'none' }), [1.45, 0, 6.45]);
    near(multiclassHinge(SCORES, LABELS, { reduceClasses: 'mean', reduction: 'none' }), [2.9 / 3, 0, 4.3]);
  });

  test('Q6: squared it is another loss', () => {
    near(multiclassHinge(SCORES, LABELS, { power: 2, reduction: 'none' }), [8.41, 0, 83.25]);
  });

  test('its gradient: the count of margins on the right class, an indicator on the others, 0 at the kink', () => {
    const g = grad((s) => multiclassHinge(s, LABELS, { reduction: 'sum' }))(tensor(SCORES));
    expect(g.toArray()).toEqual([
      [-1, 1, 0],
      [0, 0, 0],
      [1, 1, -2],
    ]);
    expect(grad((s) => multiclassHinge(s, 0))(tensor([1, 0, 0.5])).toArray()).toEqual([-1, 0, 1]);
  });
});

test('crossEntropy refuses rows that are no distributions', () => {
  const scores = [
    [1, 2, 3],
    [0, 0, 0],
  ];
  const row =
    (target: number[]): (() => unknown) =>
    () =>
      crossEntropy(scores, [[0, 1, 0], target]);
  const cure = 'a target is labels, or rows of probabilities that add up to 1';
  expect(row([0, 0, 0])).toThrow(DataError);
  expect(row([0, 0, 0])).toThrow(`crossEntropy: row 1 of the target adds up to 0: ${cure}`);
  expect(row([1, 1, 0])).toThrow(`crossEntropy: row 1 of the target adds up to 2: ${cure}`);
  expect(row([1.5, -0.5, 0])).toThrow(`crossEntropy: row 1 of the target holds -0.5: ${cure}`);
  expect(row([NaN, 1, 0])).toThrow(DataError);
  expect(row([0.333, 0.333, 0.334])).not.toThrow();
});

describe('softmax losses', () => {
  test('the cat: probabilities 0.13, 0.87, 0.00 and loss 2.04', () => {
    const e = SCORES[0]!.map(Math.exp);
    const total = e.reduce((a, b) => a + b, 0);
    near(
      softmax(SCORES[0]!),
      e.map((v) => v / total),
    );
    expect(crossEntropy(SCORES[0]!, 0).item()).toBeCloseTo(-Math.log(e[0]! / total), 12);
    expect(crossEntropy(SCORES[0]!, 0).item()).toBeCloseTo(2.0404, 4);
  });

  test('labels, one-hot rows and log-probabilities agree', () => {
    const expected = SCORES.map((s, i) => Math.log(s.reduce((a, v) => a + Math.exp(v), 0)) - s[LABELS[i]!]!);
    near(crossEntropy(SCORES, LABELS, { reduction: 'none' }), expected);
    near(
      crossEntropy(
        SCORES,
        [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
        { reduction: 'none' },
      ),
      expected,
    );
    near(nllLoss(log(softmax(SCORES)), LABELS, { reduction: 'none' }), expected);
    expect(crossEntropy(SCORES, LABELS).item()).toBeCloseTo(expected.reduce((a, b) => a + b, 0) / 3, 12);
  });

  test('at equal scores it is log C, at least 0 always', () => {
    for (const C of [2, 3, 10]) expect(crossEntropy(new Array<number>(C).fill(0), 0).item()).toBeCloseTo(Math.log(C), 14);
    expect(crossEntropy([1000, 0, 0], 0).item()).toBe(0);
    expect(crossEntropy([0, 1000, 0], 0).item()).toBe(1000);
  });

  test('SVM is content, softmax never is: the right score doubled from 10 to 20', () => {
    near(
      multiclassHinge(
        [
          [20, -2, 3],
          [20, 9, 9],
          [20, -100, -100],
        ],
        [0, 0, 0],
        { reduction: 'none' },
      ),
      [0, 0, 0],
    );
    const tiny = crossEntropy(
      [
        [20, -2, 3],
        [20, 9, 9],
        [20, -100, -100],
      ],
      [0, 0, 0],
      { reduction: 'none' },
    ).data;
    [4.167832313e-8, 3.34028437e-5, 1.533529615e-52].forEach((v, i) => expect(tiny[i]! / v).toBeCloseTo(1, 8));
  });

  test('its gradient is softmax − one-hot', () => {
    const p = softmax(SCORES[0]!).data;
    near(grad((s) => crossEntropy(s, 0))(tensor(SCORES[0]!)), [p[0]! - 1, p[1]!, p[2]!]);
  });

  test('label smoothing and weights', () => {
    const logp = [...log(softmax(SCORES[0]!)).data];
    const expected = -(0.9 * logp[0]! + (0.1 / 3) * logp.reduce((a, b) => a + b, 0));
    expect(crossEntropy(SCORES[0]!, 0, { labelSmoothing: 0.1 }).item()).toBeCloseTo(expected, 12);
    const each = [...crossEntropy(SCORES, LABELS, { reduction: 'none' }).data];
    const w = [1, 2, 5];
    const total = each.reduce((a, v, i) => a + v * w[i]!, 0);
    expect(crossEntropy(SCORES, LABELS, { weight: w }).item()).toBeCloseTo(total / 8, 12);
    expect(crossEntropy(SCORES, LABELS, { weight: w, reduction: 'sum' }).item()).toBeCloseTo(total, 12);
    expect(nllLoss(log(softmax(SCORES)), LABELS, { weight: w }).item()).toBeCloseTo(total / 8, 12);
  });

  test('the slides’ cross-entropy is a sum of binary ones', () => {
    expect(oneVsRestCrossEntropy([0.1, 0.7, 0.2], 1).item()).toBeCloseTo(-Math.log(0.7) - Math.log(0.9) - Math.log(0.8), 12);
    near(grad((p) => oneVsRestCrossEntropy(p, 1))(tensor([0.1, 0.7, 0.2])), [1 / 0.9, -1 / 0.7, 1 / 0.8]);
  });
});

describe('binary losses', () => {
  test('hinge', () => {
    near(binaryHinge([0.5, 2, -3, 1], [1, -1, -1, 1], { reduction: 'none' }), [0.5, 3, 0, 0]);
    near(grad((s) => binaryHinge(s, [1, -1, -1, 1], { reduction: 'sum' }))(tensor([0.5, 2, -3, 1])), [-1, 1, 0, 0]);
  });

  test('cross-entropy of probabilities', () => {
    near(binaryCrossEntropy([0.8, 0.4], [1, 0], { reduction: 'none' }), [-Math.log(0.8), -Math.log(0.6)]);
    expect(binaryCrossEntropy([0, 1], [1, 0], { reduction: 'none' }).toArray()).toEqual([100, 100]);
    expect(binaryCrossEntropy([0, 1], [0, 1]).item()).toBe(0);
    near(binaryCrossEntropy([0.8, 0.4], [1, 0], { weight: [1, 3], reduction: 'none' }), [-Math.log(0.8), -3 * Math.log(0.6)]);
  });

  test('cross-entropy of logits, on both tails', () => {
    near(binaryCrossEntropyWithLogits([0, 2], [1, 0], { reduction: 'none' }), [Math.LN2, Math.log(1 + Math.exp(2))]);
    expect(binaryCrossEntropyWithLogits([1000, -1000, 1000, -1000], [1, 0, 0, 1], { reduction: 'none' }).toArray()).toEqual([
      0, 0, 1000, 1000,
    ]);
    near(binaryCrossEntropyWithLogits([2, 2], [1, 0], { posWeight: 3, reduction: 'none' }), [
      3 * Math.log(1 + Math.exp(-2)),
      Math.log(1 + Math.exp(2)),
    ]);
  });
});

describe('regression, divergences, penalties', () => {
  test('values', () => {
    expect(mseLoss([1, 2], [1, 4]).item()).toBe(2);
    expect(mseLoss([[1, 2]], [[1, 4]], { reduction: 'sum' }).item()).toBe(4);
    near(grad((s) => mseLoss(s, [1, 4], { reduction: 'sum' }))(tensor([1, 2])), [0, -4]);
    expect(l1Loss([0.1, 0.7, 0.2], [0, 1, 0], { reduction: 'sum' }).item()).toBeCloseTo(0.6, 14);
    near(huberLoss([0.5, 3, -1, -3], [0, 0, 0, 0], { reduction: 'none' }), [0.125, 2.5, 0.5, 2.5]);
    near(huberLoss([0.5, 3], [0, 0], { delta: 2, reduction: 'none' }), [0.125, 4]);
    expect(entropy([0.5, 0.25, 0.25]).item()).toBeCloseTo(1.5 * Math.LN2, 14);
    expect(entropy([1, 0]).item()).toBeCloseTo(0, 14);
    expect(klDiv(log([0.5, 0.5]), [1, 0], { reduction: 'sum' }).item()).toBeCloseTo(Math.LN2, 14);
    expect(
      klDiv(
        log([
          [0.5, 0.5],
          [0.5, 0.5],
        ]),
        [
          [1, 0],
          [0.5, 0.5],
        ],
        { reduction: 'batchmean' },
      ).item(),
    ).toBeCloseTo(Math.LN2 / 2, 14);
    expect(klDiv(log([0.5, 0.5]), log([0.25, 0.75]), { reduction: 'sum', logTarget: true }).item()).toBeCloseTo(
      0.25 * Math.log(0.5) + 0.75 * Math.log(1.5),
      14,
    );
  });

  test('penalties: w₁ = [1, 0, 0, 0] and w₂ = [¼, ¼, ¼, ¼]', () => {
    const [one, even] = [
      [1, 0, 0, 0],
      [0.25, 0.25, 0.25, 0.25],
    ];
    expect([l2(one).item(), l2(even).item()]).toEqual([1, 0.25]);
    expect([l1(one).item(), l1(even).item()]).toEqual([1, 1]);
    expect(elasticNet(one, { beta: 0.5 }).item()).toBe(1.5);
    expect(elasticNet(even, { beta: 0.5 }).item()).toBe(1.125);
    near(grad((w) => add(l1(w), l2(w)))(tensor([-2, 0, 3])), [-5, 0, 7]);
  });

  test('every loss passes gradcheck away from its kinks', () => {
    const s = tensor(SCORES);
    const p = softmax(s);
    const y = tensor([
      [0.2, 0.3, 0.5],
      [1, 0, 0],
      [0.1, 0.1, 0.8],
    ]);
    for (const f of [
      (x: Tensor) => multiclassHinge(x, LABELS, { power: 2 }),
      (x: Tensor) => crossEntropy(x, LABELS, { labelSmoothing: 0.2, weight: [1, 2, 3] }),
      (x: Tensor) => crossEntropy(x, y),
      (x: Tensor) => binaryCrossEntropyWithLogits(x, y, { posWeight: 2 }),
      (x: Tensor) => mseLoss(x, y),
      (x: Tensor) => huberLoss(x, y),
    ])
      expect(gradcheck(f, [s])).toBe(true);
    for (const f of [
      (x: Tensor) => binaryCrossEntropy(x, y),
      (x: Tensor) => oneVsRestCrossEntropy(x, LABELS),
      (x: Tensor) => entropy(x),
      (x: Tensor) => klDiv(log(x), y),
    ])
      expect(gradcheck(f, [p])).toBe(true);
  });

  test('float32 scores give float32 losses and gradients', () => {
    const s = tensor(new Float32Array(SCORES.flat()), { shape: [3, 3] });
    const y = tensor(new Int32Array(LABELS));
    for (const f of [crossEntropy, multiclassHinge]) {
      expect(f(s, y).dtype).toBe('float32');
      expect(grad((x) => f(x, y))(s).dtype).toBe('float32');
    }
  });

  test('an expression may return whatever is a tensor', () => {
    expect(loss('zero', [], () => 0 as never)([1, 2], [1, 2]).item()).toBe(0);
    expect(loss('two', [], () => [1, 3] as never)([1, 2], [1, 2], { reduction: 'none' }).toArray()).toEqual([1, 3]);
  });

  test('a loss of one’s own', () => {
    const quartic = loss<{ reduction?: 'mean' | 'sum' | 'none'; scale?: number }>('quartic', ['scale'], (s, y, { scale = 1 }) =>
      mul(square(square(sub(s, y))), scale),
    );
    expect(quartic([1, 3], [0, 1], { scale: 2 }).item()).toBe(17);
    expect(() => quartic([1], [0], { scal: 1 } as never)).toThrow("quartic: unknown option 'scal': did you mean 'scale'?");
  });
});

describe('mistakes', () => {
  test('a margin is a number, not negative; 0 is one', () => {
    for (const delta of ['2', -1, NaN, Infinity, null, tensor(1)]) {
      expect(() => multiclassHinge(SCORES, LABELS, { delta: delta as number })).toThrow(
        new UsageError('multiclassHinge', 'delta must be a finite number, not negative', String(delta)),
      );
    }
    near(multiclassHinge(SCORES, LABELS, { delta: 0, reduction: 'none' }), [1.9, 0, 10.9]);
    for (const delta of ['2', 0, NaN])
      expect(() => huberLoss(1, 2, { delta: delta as number })).toThrow(
        new UsageError('huberLoss', 'delta must be positive', String(delta)),
      );
  });

  test('labels that are strings are of a classifier, not of a loss', () => {
    for (const [name, f] of Object.entries({ crossEntropy, multiclassHinge })) {
      expect(() => f(SCORES, ['cat', 'dog', 'cat'] as never)).toThrow(
        new DTypeError(name, 'targets are numbers', "got 'cat'", 'labels are 0 … C − 1; LinearClassifier takes strings'),
      );
    }
    expect(() => crossEntropy(SCORES[0]!, 'cat' as never)).toThrow("crossEntropy: targets are numbers: got 'cat'");
  });

  test.each([
    [
      'a label out of range',
      () => crossEntropy(SCORES, [0, 1, 3]),
      ShapeError,
      'crossEntropy: label 3 is out of range: labels[2]: 3 classes: 0 … 2',
    ],
    [
      'a negative label',
      () => multiclassHinge(SCORES, [0, -1, 2]),
      ShapeError,
      'multiclassHinge: label -1 is out of range: labels[1]: 3 classes: 0 … 2',
    ],
    [
      'a label that is not whole',
      () => crossEntropy(SCORES, [0, 1.5, 2]),
      DTypeError,
      'crossEntropy: labels must be integers: labels[1] is 1.5',
    ],
    ['a label that is NaN', () => nllLoss(SCORES, [0, NaN, 2]), DTypeError, 'nllLoss: labels must be integers: labels[1] is NaN'],
    [
      'with smoothing',
      () => crossEntropy(SCORES, [0, 1, 7], { labelSmoothing: 0.1 }),
      ShapeError,
      /^crossEntropy: label 7 is out of range/,
    ],
    ['with weights', () => crossEntropy(SCORES, [0, 1, 7], { weight: [1, 1, 1] }), ShapeError, /^crossEntropy: label 7 is out of range/],
    ['one against the rest', () => oneVsRestCrossEntropy([[0.5, 0.5]], [2]), ShapeError, /^oneVsRestCrossEntropy: label 2 is out of range/],
    [
      'too few labels',
      () => multiclassHinge(SCORES, [0, 1]),
      ShapeError,
      'multiclassHinge: needs one label per row: input [3,3], labels [2]',
    ],
    ['too few labels of log-probabilities', () => nllLoss(SCORES, [0, 1]), ShapeError, 'nllLoss: needs one label per row'],
    [
      'no target',
      () => mseLoss([1], undefined as never),
      DTypeError,
      'mseLoss: values must be numbers or booleans: got undefined: is an argument missing?',
    ],
    [
      'a body without return',
      () => loss('m', [], (() => undefined) as never)([1], [1]),
      UsageError,
      'm: the expression must return a tensor: got undefined: return the loss of every example',
    ],
    ['an async body', () => loss('m', [], (async () => tensor(1)) as never)([1], [1]), UsageError, 'm: got a Promise'],
    [
      'a body that returns text',
      () => loss('m', [], (() => 'x') as never)([1], [1]),
      UsageError,
      'm: the expression must return a tensor: got string',
    ],
    [
      'the list of options left out',
      () => loss('m', ((s: Tensor, y: Tensor) => sub(s, y)) as never, undefined as never),
      UsageError,
      "loss: known must be a list of the names of its options: got function: loss('m', [], (s, y) => …)",
    ],
    [
      'no name',
      () => loss([] as never, [], (s) => s),
      UsageError,
      "loss: the name must be a text: got object: loss('name', [], (s, y) => …)",
    ],
    [
      'no expression',
      () => loss('m', [], undefined as never),
      UsageError,
      "loss: the expression must be a function: got undefined: loss('m', [], (s, y) => …)",
    ],
    ['labels of another shape', () => crossEntropy(SCORES, [[0, 1]]), ShapeError, /^crossEntropy: .*\[3,3\] and \[1,2\]/],
    [
      'targets of another shape',
      () => mseLoss([1, 2], [1, 2, 3]),
      ShapeError,
      'mseLoss: input and target must have the same shape: [2] and [3]',
    ],
    [
      'no silent broadcast',
      () => mseLoss([[1], [2]], [1, 2]),
      ShapeError,
      'mseLoss: input and target must have the same shape: [2,1] and [2]',
    ],
    ['a scalar', () => multiclassHinge(1, 0), ShapeError, 'multiclassHinge: scores need an axis of classes: []'],
    ['binary labels of 0 and 1', () => binaryHinge([1, 2], [0, 1]), UsageError, 'binaryHinge: labels must be -1 or 1: got 0'],
    [
      'logits where probabilities belong',
      () => binaryCrossEntropy([3], [1]),
      UsageError,
      /^binaryCrossEntropy: probabilities must lie in \[0, 1\]: got 3: .*binaryCrossEntropyWithLogits$/,
    ],
    ['a power of 3', () => multiclassHinge(SCORES, LABELS, { power: 3 as never }), UsageError, 'multiclassHinge: power must be 1 or 2: 3'],
    [
      'an unknown reduction',
      () => mseLoss([1], [1], { reduction: 'avg' as never }),
      UsageError,
      "mseLoss: unknown reduction 'avg': 'mean', 'sum' or 'none'",
    ],
    [
      'an unknown reduceClasses',
      () => multiclassHinge(SCORES, LABELS, { reduceClasses: 'max' as never }),
      UsageError,
      "multiclassHinge: unknown reduceClasses 'max'",
    ],
    [
      'a misspelt option',
      () => crossEntropy(SCORES, LABELS, { labelSmooting: 0.1 } as never),
      UsageError,
      "crossEntropy: unknown option 'labelSmooting': did you mean 'labelSmoothing'?",
    ],
    [
      'a misspelt margin',
      () => multiclassHinge(SCORES, LABELS, { Delta: 2 } as never),
      UsageError,
      "multiclassHinge: unknown option 'Delta': did you mean 'delta'?",
    ],
    [
      'too much smoothing',
      () => crossEntropy(SCORES, LABELS, { labelSmoothing: 1 }),
      UsageError,
      'crossEntropy: labelSmoothing must be at least 0 and less than 1: 1',
    ],
    [
      'weights of another number',
      () => crossEntropy(SCORES, LABELS, { weight: [1, 2] }),
      ShapeError,
      'crossEntropy: weight needs one number a class: [2] for 3 classes',
    ],
    ['an empty batch', () => mseLoss([], []), ShapeError, 'mseLoss: an empty batch has no mean loss: [0]'],
    ['a δ of 0', () => huberLoss([1], [0], { delta: 0 }), UsageError, 'huberLoss: delta must be positive: 0'],
    ['no beta', () => elasticNet([1], {} as never), UsageError, 'elasticNet: needs a number beta: elasticNet(w, { beta: 0.5 })'],
  ] as const)('%s', (_, call, type, message) => {
    expect(call).toThrow(ChainruleError);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
