/** Linear classifiers beside scikit-learn; weights, probabilities, labels of any kind. */
import {
  adam,
  crossEntropy,
  lbfgs,
  LinearClassifier,
  LinearSVC,
  type LinearSVCOptions,
  LogisticRegression,
  multiclassHinge,
  sgd,
  SoftmaxClassifier,
  sum,
  tensor,
  type Tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';
import { labelsOf, three, two, X } from './clouds.js';

const closeTo = (values: readonly number[], digits: number): unknown => values.map((v) => expect.closeTo(v, digits) as number);
/** To the last bits: without a line search, since that compares losses, which are flat for about 1e-8 around their minimum. */
const sharp = lbfgs({ maxIter: 200, toleranceGrad: 1e-13, toleranceChange: 0 });
const repeat = <T>(list: readonly T[], counts: readonly number[]): T[] => list.flatMap((v, i) => Array<T>(counts[i]!).fill(v));

// values of scikit-learn 1.9.1 with C = 1/(2λΣw), which makes its penalty ½Σw² ours, solver newton-cg with tol 1e-14
describe('LogisticRegression, as scikit-learn', () => {
  test.each([
    ['two classes, λ 0.01', 0.01, two, [2.2032741785716303, -1.5977318340530717], [-0.04552858732049294]],
    ['two classes, λ 0.1', 0.1, two, [0.8235468209309089, -0.5717718298744585], [-0.08060459651411178]],
    ['three classes, λ 0.05', 0.05, three, [-0.898222818710176, 0.6188031660471156, 0.5731241795412879, -0.943870752216992, 0.3250986391688884, 0.3250675861698763], [0.6658901170072209, 0.052751990238640856, -0.7186421072458602]], // prettier-ignore
  ] as const)('%s', async (_, lambda, y, coef, intercept) => {
    const model = await new LogisticRegression({ lambda }).fit(X, y);
    expect([...model.coef_.data]).toEqual(closeTo(coef, 5));
    expect([...model.intercept_.data]).toEqual(closeTo(intercept, 5));
    const sharper = new LogisticRegression({ lambda, optimizer: sharp }).fitSync(X, y);
    expect([...sharper.coef_.data, ...sharper.intercept_.data]).toEqual(closeTo([...coef, ...intercept], 7));
  });

  test.each([
    ['balanced', 'balanced', [-0.8619947445389883, 0.589343173327336, 0.5729556235910479, -1.0044721142298196, 0.2890391209479406, 0.41512894090248437], [0.2503354219376707, -0.033826458193890595, -0.21650896374377976]], // prettier-ignore
    ['by label', { 1: 3, 2: 0.5 }, [-0.8072593306523576, 0.5912944734301258, 0.6120426542005883, -0.8993023955896119, 0.19521667645177032, 0.3080079221594861], [0.6643572767827449, 0.6764925389740851, -1.3408498157568356]], // prettier-ignore
  ] as const)('class weights: %s', (_, classWeight, coef, intercept) => {
    const model = new LogisticRegression({ lambda: 0.05, classWeight, optimizer: sharp }).fitSync(X, three);
    expect([...model.coef_.data, ...model.intercept_.data]).toEqual(closeTo([...coef, ...intercept], 7));
  });

  test('sample weights', () => {
    const model = new LogisticRegression({ lambda: 0.05, optimizer: sharp });
    model.fitSync(X, two, { sampleWeight: [1, 2, 0, 1, 3, 1, 0.5, 1, 2, 1, 1, 4] });
    expect([...model.coef_.data, ...model.intercept_.data]).toEqual(
      closeTo([0.9755597621711757, -0.6806674438591902, 0.8897253605282729], 7),
    );
  });

  test('probabilities and decisions', () => {
    const binary = new LogisticRegression({ lambda: 0.05, optimizer: sharp }).fitSync(X, two);
    const p = [0.6217953172516666, 0.37820468274833347, 0.1978833999566434, 0.8021166000433566];
    expect([...binary.predictProba(X.slice(0, 2)).data]).toEqual(closeTo(p, 7));
    expect([...binary.decisionFunction(X.slice(0, 2)).data]).toEqual(closeTo([-0.49717542882080823, 1.3995760157632564], 6));
    const softmax = new LogisticRegression({ lambda: 0.05, optimizer: sharp }).fitSync(X, three);
    const q = [0.6676247047727595, 0.11570604348067128, 0.21666925174656929, 0.1812534678221956, 0.5583447602456557, 0.2604017719321487];
    expect([...softmax.predictProba(X.slice(0, 2)).data]).toEqual(closeTo(q, 7));
    expect(binary.predictProba([[1e5, -1e5], [-1e3, 0]]).toArray()).toEqual([[0, 1], [1, 0]]); // prettier-ignore
    expect(binary.predictProba([[50, 0]]).data[0]).toBeGreaterThan(0); // 1 − p would be 0
  });
});

describe('weights are repetitions, to 1e-8', () => {
  const counts = [1, 2, 0, 3, 1, 1, 2, 1, 4, 1, 1, 2];
  const learnt = (model: LogisticRegression): number[] => [...model.coef_.data, ...model.intercept_.data];

  test.each([
    ['of two classes', two],
    ['of three classes', three],
  ] as const)('sample weights %s', (_, y) => {
    const make = (): LogisticRegression => new LogisticRegression({ lambda: 0.05, optimizer: sharp });
    const again = make().fitSync(repeat(X, counts), repeat(y, counts));
    expect(learnt(make().fitSync(X, y, { sampleWeight: counts }))).toEqual(closeTo(learnt(again), 8));
  });

  test('class weights, and both', () => {
    const make = (classWeight?: Record<string, number>): LogisticRegression =>
      new LogisticRegression({ lambda: 0.05, optimizer: sharp, ...(classWeight && { classWeight }) });
    const byClass = three.map((c) => [1, 3, 2][c]!);
    const once = make().fitSync(repeat(X, byClass), repeat(three, byClass));
    expect(learnt(make({ 1: 3, 2: 2 }).fitSync(X, three))).toEqual(closeTo(learnt(once), 8));
    const product = byClass.map((w, i) => w * counts[i]!);
    const both = make().fitSync(repeat(X, product), repeat(three, product));
    expect(learnt(make({ 1: 3, 2: 2 }).fitSync(X, three, { sampleWeight: counts }))).toEqual(closeTo(learnt(both), 8));
  });

  test("'balanced' is N / (C·count)", () => {
    const share = new Map([0, 1, 2].map((c) => [c, 12 / (3 * three.filter((v) => v === c).length)]));
    const model = new SoftmaxClassifier({ classWeight: 'balanced' }).fitSync(X, three);
    const weighted = new SoftmaxClassifier().fitSync(X, three, { sampleWeight: three.map((c) => share.get(c)!) });
    expect(model.coef_.toArray()).toEqual(weighted.coef_.toArray());
  });

  test.each([
    ["classWeight must be 'balanced' or a weight for each label: even", 'even'],
    ['classWeight has a label that y lacks: 3: classes: 0, 1, 2', { 3: 1 }],
    ['classWeight must be finite and not negative: 1: -2', { 1: -2 }],
    ['classWeight must be finite and not negative: 0: NaN', { 0: NaN }],
    ['the weights of all examples are 0', { 0: 0, 1: 0, 2: 0 }],
  ])('refused: %s', (message, classWeight) => {
    const fit = (): unknown => new SoftmaxClassifier({ classWeight: classWeight as never }).fitSync(X, three);
    expect(fit).toThrow(UsageError);
    expect(fit).toThrow(`SoftmaxClassifier.fit: ${message}`);
  });
});

describe('one loss, several names', () => {
  test('SoftmaxClassifier is LinearClassifier with crossEntropy, bit by bit', () => {
    const options = { lambda: 0.02, epochs: 7, batchSize: 5, randomState: 3, classWeight: 'balanced' } as const;
    const model = new SoftmaxClassifier(options).fitSync(X, three);
    const plain = new LinearClassifier({ loss: crossEntropy, ...options }).fitSync(X, three);
    expect(model.coef_.toArray()).toEqual(plain.coef_.toArray());
    expect(model.intercept_.toArray()).toEqual(plain.intercept_.toArray());
  });

  test('LinearSVC of three classes is LinearClassifier with multiclassHinge, bit by bit', () => {
    const options = { lambda: 0.02, epochs: 7, batchSize: 5, optimizer: adam({ lr: 0.1 }) };
    const model = new LinearSVC(options).fitSync(X, three);
    const plain = new LinearClassifier({ loss: multiclassHinge, ...options }).fitSync(X, three);
    expect(model.coef_.toArray()).toEqual(plain.coef_.toArray());
  });
});

describe('LinearSVC', () => {
  const fit = (y: readonly number[], options: LinearSVCOptions): LinearSVC => new LinearSVC({ lambda: 0.05, ...options }).fitSync(X, y);
  const smooth = { power: 2, optimizer: sharp, epochs: 1, batchSize: Infinity } as const;

  test('squared hinge: the minimum that SciPy 1.17.1 (BFGS) finds', () => {
    const binary = fit(two, smooth);
    expect([...binary.coef_.data, ...binary.intercept_.data]).toEqual(closeTo([0.9429012034539511, -0.6792738010647688, -0.06987159086974219], 7)); // prettier-ignore
    expect(binary.objective(X, two)).toBeCloseTo(0.2508788045466094, 13);
    const many = fit(three, smooth);
    const expected = [-0.7952895311131665, 0.7439933557746194, 0.6464496009007156, -0.8240659064779002, 0.14883987818129563, 0.08007251471583353]; // prettier-ignore
    expect([...many.coef_.data]).toEqual(closeTo(expected, 6)); // SciPy's gradients were numerical
    expect(many.objective(X, three)).toBeCloseTo(0.3594095219246596, 12);
  });

  test('hinge: near the minimum of SVC(kernel linear, C = 1/(2λN)), or of the quadratic program', () => {
    // kinks: steps of decaying size, so 1e-3 off
    const options = { optimizer: sgd({ lr: (step: number) => 2 / (1 + step / 4) }), epochs: 2000, batchSize: Infinity };
    const binary = fit(two, options).objective(X, two);
    expect(binary).toBeGreaterThan(0.28188486680216907);
    expect(binary).toBeLessThan(0.28188486680216907 * 1.001);
    const many = fit(three, options).objective(X, three);
    expect(many).toBeGreaterThan(0.4166018461566);
    expect(many).toBeLessThan(0.4166018461566 * 1.001);
  });

  test('the defaults separate what can be separated', async () => {
    const [points, y] = [X.map(([a, b]) => [a! + 2 * b!, b!]), X.map(([a, b]) => (a! + 3 * b! > 0.5 ? 'far' : 'near'))];
    expect((await new LinearSVC().fit(points, y)).score(points, y)).toBe(1);
  });
});

describe('labels', () => {
  test.each<[string, (string | number)[]]>([
    ['strings', ['cat', 'ant', 'bee']],
    ['negative whole numbers', [7, -3, 0]],
    ['strings of digits, sorted as strings', ['9', '10', '1']],
  ])('%s', async (_, names) => {
    const y = three.map((c) => names[c]!) as number[] | string[];
    const model = await new LogisticRegression({ lambda: 0.01 }).fit(X, y);
    const classes = [...names].sort((a, b) => (a < b ? -1 : 1));
    expect(model.classes_).toEqual(classes);
    const p = model.predictProba(X);
    expect(p.shape).toEqual([12, 3]);
    sum(p, { axis: 1 }).data.forEach((total) => expect(total).toBeCloseTo(1, 14));
    const rows = p.toArray() as number[][];
    expect(labelsOf(model, X)).toEqual(rows.map((row) => classes[row.indexOf(Math.max(...row))]));
    // the same problem in other words has the same solution
    const numbered = new LogisticRegression({ lambda: 0.01 }).fitSync(X, three);
    expect([...model.predictProba(X).data]).toEqual(closeTo(rows.flatMap((_row, i) => classes.map((name) => numbered.predictProba(X).data[3 * i + names.indexOf(name)]!)), 5)); // prettier-ignore
    expect(model.score(X, y)).toBeCloseTo(numbered.score(X, three), 14);
  });

  test('tensors of labels come back in their type', () => {
    const predicted = (y: Tensor): unknown => new SoftmaxClassifier({ epochs: 1 }).fitSync(X, y).predict(X);
    expect(predicted(tensor(three, { dtype: 'int32' }))).toMatchObject({ dtype: 'int32', shape: [12] });
    expect(predicted(tensor(three))).toMatchObject({ dtype: 'float64' });
    expect(predicted(tensor(two.map((v) => v === 1)))).toMatchObject({ dtype: 'bool' });
  });

  test('equal scores: the first class, in training metrics too', () => {
    const model = new SoftmaxClassifier({ epochs: 0 }).fitSync([[0], [0]], ['b', 'a']);
    expect(labelsOf(model, [[0]])).toEqual(['a']);
    expect(labelsOf(new LogisticRegression().fitSync([[0], [0]], ['b', 'a']), [[0]])).toEqual(['a']);
  });

  test('weights by label: strings and negative numbers', () => {
    const names = three.map((c) => ['ant', 'bee', 'cat'][c]!);
    const model = new SoftmaxClassifier({ classWeight: { bee: 5 } }).fitSync(X, names);
    const numbers = new SoftmaxClassifier({ classWeight: { '-1': 5 } }).fitSync(X, three.map((c) => c - 2)); // prettier-ignore
    expect(model.coef_.toArray()).toEqual(numbers.coef_.toArray());
    expect(model.coef_.toArray()).not.toEqual(new SoftmaxClassifier().fitSync(X, names).coef_.toArray());
  });
});
