/**
 * @file Section C of the lectures' systems, row by row: linear classifiers and features.
 */
import {
  add,
  annulus,
  colorHistogram,
  concat,
  concatFeatures,
  dot,
  Generator,
  gradcheck,
  hog,
  linear,
  LogisticRegression,
  matmul,
  MLPClassifier,
  mul,
  pipeline,
  quadraticFeatures,
  separateXor,
  signedDistance,
  smoothHistogram,
  SoftmaxClassifier,
  tensor,
  threeModes,
  transpose,
  xor,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { near } from './near.js';

describe('C: linear classifier and features', () => {
  const W = [[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0, 0.25, 0.2, -0.3]]; // prettier-ignore
  const b = [1.1, 3.2, -1.2];
  const x = [56, 231, 24, 2];
  const scores = [-96.8, 437.9, 60.75];

  test('25: the side of a line, a plane and a hyperplane, and the distance', () => {
    const line = { normal: tensor([3, 4]), offset: tensor(-5) }; // 3x + 4y − 5 = 0
    near(signedDistance(line, [[3, 4], [0, 0], [-1, 2]]), [4, -1, 0]); // prettier-ignore
    expect(signedDistance({ normal: tensor([2, -1, 2]), offset: tensor(3) }, [1, 2, 3]).item()).toBeCloseTo(3, 12); // (2 − 2 + 6 + 3)/3
  });

  test('26 and 28: f(x, W) = Wx, also for a batch as X·Wᵀ', () => {
    expect(matmul(W, x).shape).toEqual([3]);
    const single = matmul(W, x).toArray() as number[];
    near(matmul([x, x], transpose(tensor(W))), [single, single]);
    [-97.9, 434.7, 61.95].forEach((s, i) => expect(single[i]).toBeCloseTo(s, 10));
  });

  test('27: f(x, W, b) = Wx + b', () => {
    const [out] = linear(4, 3).apply({ weight: tensor(W), bias: tensor(b) }, [x], { train: false, state: {} });
    scores.forEach((s, i) => expect(out.data[i]).toBeCloseTo(s, 10));
    scores.forEach((s, i) => expect(add(matmul(W, x), b).data[i]).toBeCloseTo(s, 10));
  });

  const trained = new SoftmaxClassifier({ epochs: 100 }).fitSync([[0, 0], [4, 0], [0, 4]], [0, 1, 2]); // prettier-ignore

  test('29: each row of W is a template, in the shape of the data', () => {
    near(
      trained.templates([1, 2]),
      (trained.coef_.toArray() as number[][]).map((row) => [row]),
    );
  });

  test('30: a hyperplane for each pair of classes: where their scores are equal', () => {
    const boundaries = trained.boundaries();
    expect(boundaries.map(({ classes }) => classes)).toEqual([[0, 1], [0, 2], [1, 2]]); // prettier-ignore
    const point = [1.3, -0.7];
    const s = trained.decisionFunction([point]).data;
    for (const { classes, normal, offset } of boundaries) {
      const [i, j] = classes as [number, number];
      expect(add(dot(normal, point), offset).item()).toBeCloseTo(s[i]! - s[j]!, 10);
    }
  });

  test('31: annulus, three modes, xor: no line separates them', () => {
    for (const draw of [annulus, threeModes, xor]) {
      const { X, y } = draw(200, { generator: new Generator(5) });
      expect(new LogisticRegression().fitSync(X, y).score(X, y)).toBeLessThan(0.85);
    }
  });

  test('32: degree 1: d + 1 parameters', () => {
    const { params } = linear(784, 1).init({ generator: new Generator(0) });
    expect(params.weight.size + params.bias.size).toBe(785);
  });

  test('33: degree 2: (d + 1)(d + 2)/2 parameters with the bias', () => {
    for (const d of [1, 2, 3, 5]) {
      const length = quadraticFeatures(tensor([Array.from({ length: d }, (_, i) => i + 2)])).shape[1]!;
      expect(length + 1).toBe(((d + 1) * (d + 2)) / 2);
    }
  });

  const corners = [[0, 0], [1, 0], [0, 1], [1, 1]]; // prettier-ignore

  test('34: the toy transform separates xor, and has a derivative', () => {
    near(separateXor(corners), [[0, 0], [2, 0], [0, 2], [0.4, 0.4]]); // prettier-ignore
    expect(gradcheck(separateXor, [tensor([[0.3, 0.6]])])).toBe(true);
  });

  test('35: features, then a linear classifier', () => {
    const model = pipeline(separateXor, new LogisticRegression({ lambda: 1e-3 })).fitSync(corners, [0, 1, 1, 0]);
    expect(model.score(corners, [0, 1, 1, 0])).toBe(1);
    expect(new LogisticRegression({ lambda: 1e-3 }).fitSync(corners, [0, 1, 1, 0]).score(corners, [0, 1, 1, 0])).toBeLessThan(1);
  });

  test('36 and 37: colour histograms, raw and smoothed', () => {
    const raw = colorHistogram([[[0, 10, 100], [130, 200, 255]]], { bins: 4 }); // prettier-ignore
    near(raw, [[2, 1, 1, 2]]);
    near(smoothHistogram(raw, { bins: 4 }), [[1.75, 1.25, 1.25, 1.75]]);
  });

  test('38: histogram of oriented gradients', () => {
    const upwards = [Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, () => i))]; // brighter downwards: a gradient of 90°
    near(hog(upwards, { bins: 2 }), [[0, 1]]);
  });

  test('39: several features side by side', () => {
    near(concatFeatures((X) => X, (X) => mul(X, 2))(tensor([[1, 2]])), [[1, 2, 2, 4]]); // prettier-ignore
    near(concat([[1], [2]]), [1, 2]);
  });

  test('41: learned features: a network with a hidden layer does xor', () => {
    const model = new MLPClassifier({ hiddenLayerSizes: [8], activation: 'tanh', epochs: 800, batchSize: 4 }).fitSync(
      corners,
      [0, 1, 1, 0],
    );
    expect(model.score(corners, [0, 1, 1, 0])).toBe(1);
  });
});
