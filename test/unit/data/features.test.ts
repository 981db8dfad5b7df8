import {
  annulus,
  colorHistogram,
  concatFeatures,
  crossEntropy,
  DataError,
  Generator,
  gradcheck,
  GridSearchCV,
  hog,
  KNeighborsClassifier,
  LinearClassifier,
  LogisticRegression,
  normal,
  pipeline,
  polynomialFeatures,
  quadraticFeatures,
  separateXor,
  sgd,
  ShapeError,
  smoothHistogram,
  sum,
  type Tensor,
  uniform,
  UsageError,
  xor,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

const generator = new Generator(11);

describe('features as expressions', () => {
  test('quadratic: (d + 1)(d + 2)/2 parameters with the bias', () => {
    for (const d of [1, 2, 3, 7]) expect(quadraticFeatures(normal([4, d], { generator })).shape).toEqual([4, ((d + 1) * (d + 2)) / 2 - 1]);
    expect(quadraticFeatures([[2, 3, 5]]).toArray()).toEqual([[4, 9, 25, 6, 10, 15, 2, 3, 5]]);
  });

  test('polynomial: the order of scikit-learn, C(d + degree, degree) columns with the bias', () => {
    expect(polynomialFeatures([[2, 3]], { degree: 3, includeBias: true }).toArray()).toEqual([[1, 2, 3, 4, 6, 9, 8, 12, 18, 27]]);
    expect(polynomialFeatures([[2]], { degree: 4 }).toArray()).toEqual([[2, 4, 8, 16]]);
    expect(polynomialFeatures(normal([2, 4], { generator }), { degree: 3, includeBias: true }).shape).toEqual([2, 35]);
    expect(polynomialFeatures(normal([2, 2], { generator, dtype: 'float32' }), { includeBias: true }).dtype).toBe('float32');
  });

  test('gradients pass through all of them', () => {
    const X = normal([3, 2], { generator });
    for (const f of [quadraticFeatures, (x: Tensor) => polynomialFeatures(x, { degree: 3 }), concatFeatures((x) => x, quadraticFeatures)]) {
      expect(gradcheck(f, [X])).toBe(true);
    }
    expect(gradcheck((x) => separateXor(x), [uniform([3, 2], { generator, low: 0.1, high: 1 })])).toBe(true);
    expect(gradcheck((h) => smoothHistogram(h, { bins: 4 }), [uniform([2, 8], { generator })])).toBe(true);
  });

  test('what they refuse', () => {
    expect(() => quadraticFeatures([1, 2])).toThrow('quadraticFeatures: X must be a matrix [N, D]: got [2]');
    expect(() => polynomialFeatures([[1]], { degree: 0 })).toThrow('polynomialFeatures: degree must be a whole number from 1: 0');
    expect(() => separateXor([[1, 2, 3]])).toThrow(ShapeError);
    expect(() => separateXor([[1, 2, 3]])).toThrow('separateXor: X must be [N, 2]: got [1,3]');
    expect(() => polynomialFeatures([[1]], { Degree: 3 } as never)).toThrow(
      "polynomialFeatures: unknown option 'Degree': did you mean 'degree'?",
    );
    expect(() => concatFeatures()).toThrow(UsageError);
    expect(() => concatFeatures()).toThrow('concatFeatures: needs at least one function');
    expect(() => concatFeatures(quadraticFeatures, 3 as never)).toThrow('concatFeatures: features must be functions: number 1 is number');
  });
});

describe('histograms', () => {
  test('of colours: channel by channel, counts or shares', () => {
    const image = [
      [
        [
          [0, 64],
          [128, 255],
        ],
        [
          [10, 10],
          [10, 10],
        ],
        [
          [255, 255],
          [0, 0],
        ],
      ],
    ];
    expect(colorHistogram(image, { bins: 4 }).toArray()).toEqual([[1, 1, 1, 1, 4, 0, 0, 0, 2, 0, 0, 2]]);
    expect(colorHistogram(image, { bins: 2, normalize: true }).toArray()).toEqual([[0.5, 0.5, 1, 0, 0.5, 0.5]]);
    expect(colorHistogram([[[0.1, 0.9]]], { bins: 2, range: [0, 1] }).toArray()).toEqual([[1, 1]]);
    // (v − low)/(high − low) rounds to 1, yet v is below the end
    expect(colorHistogram([[[1 - 2 ** -53]]], { bins: 2, range: [-1, 1] }).toArray()).toEqual([[0, 1]]);
    // 49 times 1/49 is not 1: shares are counts divided
    expect(colorHistogram([Array.from({ length: 7 }, () => Array<number>(7).fill(0))], { bins: 2, normalize: true }).toArray()).toEqual([
      [1, 0],
    ]);
  });

  test('smoothed: the total stays', () => {
    const h = uniform([3, 10], { generator });
    for (const kernel of [
      [0.25, 0.5, 0.25],
      [0.1, 0.2, 0.4, 0.2, 0.1],
    ]) {
      const smooth = smoothHistogram(h, { bins: 5, kernel });
      sum(smooth, { axis: 1 }).data.forEach((total, i) => expect(total).toBeCloseTo(sum(h, { axis: 1 }).data[i]!, 12));
    }
    expect(smoothHistogram([[0, 0, 8, 0]], { bins: 4 }).toArray()).toEqual([[0, 2, 4, 2]]);
    // the last bin of one channel does not leak into the first of the next
    expect(smoothHistogram([[0, 4, 0, 0]], { bins: 2 }).toArray()).toEqual([[1, 3, 0, 0]]);
  });

  test('what they refuse', () => {
    expect(() => colorHistogram([[[256]]])).toThrow('colorHistogram: a pixel is outside the range: 256 is not in [0, 256): pass { range }');
    expect(() => colorHistogram([[[NaN]]])).toThrow(DataError);
    expect(() => colorHistogram([[1]])).toThrow(ShapeError);
    expect(() => colorHistogram([[1]])).toThrow('colorHistogram: images must be [N,H,W] or [N,C,H,W]: got [1,1]');
    for (const range of [
      [1, 1],
      [0, Infinity],
      [NaN, 1],
    ] as const) {
      expect(() => colorHistogram([[[1]]], { range })).toThrow('range must be [low, high] with low < high, both finite');
    }
    expect(() => colorHistogram([[[1]]], { bins: 0 })).toThrow('bins must be a whole number from 1: 0');
    expect(() => smoothHistogram([[1, 2, 3]])).toThrow('histograms must be [N, C·8]: got [1,3]');
    expect(() => smoothHistogram([[1, 2]], { bins: 2, kernel: [1, 1] })).toThrow(UsageError);
  });
});

describe('hog', () => {
  /** Vote by vote, with angles in degrees. */
  function naive(image: number[][], cell: number, bins: number): number[] {
    const [h, w] = [image.length, image[0]!.length];
    const at = (y: number, x: number): number => image[Math.min(h - 1, Math.max(0, y))]![Math.min(w - 1, Math.max(0, x))]!;
    const out: number[] = [];
    for (let cy = 0; cy + cell <= h; cy += cell) {
      for (let cx = 0; cx + cell <= w; cx += cell) {
        const votes = Array<number>(bins).fill(0);
        for (let y = cy; y < cy + cell; y++) {
          for (let x = cx; x < cx + cell; x++) {
            const [gx, gy] = [at(y, x + 1) - at(y, x - 1), at(y + 1, x) - at(y - 1, x)];
            const degrees = ((((Math.atan2(gy, gx) * 180) / Math.PI) % 180) + 180) % 180;
            for (let b = 0; b < bins; b++) {
              const away = Math.abs(degrees - (b * 180) / bins);
              const share = 1 - Math.min(away, 180 - away) / (180 / bins);
              if (share > 0) votes[b]! += share * Math.sqrt(gx * gx + gy * gy);
            }
          }
        }
        const norm = Math.sqrt(votes.reduce((s, v) => s + v * v, 0));
        out.push(...votes.map((v) => (norm === 0 ? 0 : v / norm)));
      }
    }
    return out;
  }

  test('as a naive implementation has it', () => {
    const x = uniform([2, 17, 20], { generator });
    const found = hog(x, { cell: 5, bins: 6 });
    expect(found.shape).toEqual([2, 3 * 4 * 6]);
    const expected = (x.toArray() as number[][][]).flatMap((image) => naive(image, 5, 6));
    expected.forEach((v, i) => expect(found.data[i]).toBeCloseTo(v, 10));
  });

  test('edges: across is 0°, down is 90°, both signs alike', () => {
    const across = Array.from({ length: 8 }, () => [0, 0, 0, 0, 1, 1, 1, 1]);
    const down = across[0]!.map((_, i) => across.map((row) => row[i]!));
    const negative = across.map((row) => row.map((v) => 1 - v));
    expect(hog([across, down, negative], { bins: 2 }).toArray()).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(
      hog([[across.map((row) => row.map(() => 0)), across, down.map((row) => row.map((v) => v / 2))]], { bins: 2 }).data[0],
    ).toBeGreaterThan(0.7);
  });

  test('what it refuses', () => {
    expect(() =>
      hog([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    ).toThrow('hog: images are smaller than a cell of 8 × 8: [1,2,2]');
    expect(() => hog([[[1]]], { cell: 0 })).toThrow(UsageError);
    expect(() => hog([[[1]]], { bins: 1.5 })).toThrow('hog: bins must be a whole number from 1: 1.5');
    expect(() => hog([[1]])).toThrow('hog: images must be [N,H,W] or [N,C,H,W]: got [1,1]');
    expect(() => hog([[[1, NaN]]], { cell: 1 })).toThrow(DataError);
    expect(() => hog([[[1, NaN]]], { cell: 1 })).toThrow('hog: images hold NaN: element 1: clean the data');
  });
});

describe('pipeline', () => {
  const linear = (): LinearClassifier => new LinearClassifier({ loss: crossEntropy, optimizer: sgd({ lr: 1 }), epochs: 60, batchSize: 32 });

  test('XOR: not separable before, separable after the transform of the lecture', () => {
    // where 2·x₁·x₂ + 0.5 has no pole: the corners of the unit square with a little noise
    const corners = Array.from({ length: 80 }, (_, i) => [i % 2, (i >> 1) % 2]);
    const y = corners.map(([a, b]) => (a === b ? 0 : 1));
    const X = normal([80, 2], { generator, std: 0.03 }).add(corners);
    expect(linear().fitSync(X, y).score(X, y)).toBeLessThan(0.8);
    expect(pipeline(separateXor, linear()).fitSync(X, y).score(X, y)).toBe(1);
  });

  test('hard cases: quadratic features separate the annulus better, and XOR', () => {
    for (const data of [annulus(300, { generator }), xor(300, { generator })]) {
      const before = linear().fitSync(data.X, data.y).score(data.X, data.y);
      const features = data.X.shape[1] === 2 ? [quadraticFeatures, quadraticFeatures] : [];
      const after = pipeline(features, new LogisticRegression({ lambda: 1e-4 }))
        .fitSync(data.X, data.y)
        .score(data.X, data.y);
      expect(before).toBeLessThan(0.75);
      expect(after).toBeGreaterThan(0.9);
    }
  });

  test('features of a tensor are computed once, in cross-validation too; k is still searched in one go', () => {
    let calls = 0;
    const counted = (X: Tensor): Tensor => {
      calls++;
      return quadraticFeatures(X);
    };
    const { X, y } = annulus(60, { generator });
    const search = new GridSearchCV(pipeline(counted, new KNeighborsClassifier()), { nNeighbors: [1, 3, 5] }, { cv: 3, refit: false }).fit(
      X,
      y,
    );
    expect(calls).toBe(6); // 3 folds, train and test
    expect((search.cvResults_!['mean_test_score'] as number[]).length).toBe(3);
  });

  test('what it refuses; a failed fit leaves it as it was', () => {
    expect(() => pipeline([], linear())).toThrow('pipeline: features must be a function or a list of functions');
    expect(() => pipeline(separateXor, {} as never)).toThrow('pipeline: the estimator must have fit and predict');
    const model = pipeline(quadraticFeatures, new KNeighborsClassifier({ nNeighbors: 1 })).fit(
      [
        [0, 0],
        [3, 3],
      ],
      ['a', 'b'],
    );
    expect(() => model.fit([[0, NaN]], ['a'])).toThrow(DataError);
    expect(model.predict([[2.8, 2.8]])).toEqual(['b']);
  });
});
