/**
 * @file Hard cases for a linear classifier: annulus, three modes, xor. One line cannot do them, a network of a few hidden neurons can.
 * Lecture 000:45–56, 001:966, 004:105–126, 003:390–427; rows 31, 70, 120–123.
 *
 *   npx tsx examples/stories/hard-cases.ts
 */
import { adam, annulus, Generator, linearSchedule, LogisticRegression, mean, MLPClassifier, threeModes, xor } from 'chainrule';
import { decisionRegions } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

// what is class 1, and half the side of the square that the points fill
const CASES = {
  annulus: { draw: annulus, half: 2.5, rule: '1 ≤ ‖x‖ ≤ 2' },
  threeModes: { draw: threeModes, half: 2.5, rule: 'in three discs' },
  xor: { draw: xor, half: 1, rule: 'x₁, x₂ of two signs' },
} as const;
type Case = keyof typeof CASES;

/** Shares of right answers for new points. */
interface Scores {
  /** Always the larger class. */
  readonly constant: number;
  /** A linear classifier: one line. */
  readonly linear: number;
  /** Networks of one hidden layer, by their neurons. */
  readonly networks: readonly number[];
}
export type Result = Readonly<Record<Case, Scores>>;

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const full = budget === 'full';
  const [epochs, widths] = full ? [200, [2, 4, 8, 16]] : [50, [4, 16]];
  const measure = async (name: Case): Promise<Scores> => {
    const { draw, half } = CASES[name];
    const { X, y } = draw(full ? 1000 : 300, { generator: new Generator(1) });
    const fresh = draw(full ? 5000 : 1000, { generator: new Generator(2) });
    const line = await new LogisticRegression().fit(X, y);
    const networks: MLPClassifier[] = [];
    for (const neurons of widths) {
      const optimizer = adam({ lr: linearSchedule(0.1, 0, (epochs * y.size) / 100) });
      const network = new MLPClassifier({ hiddenLayerSizes: [neurons], activation: 'tanh', optimizer, epochs, batchSize: 100 });
      networks.push(await network.fit(X, y));
    }
    const plane = { xRange: [-half, half], yRange: [-half, half], steps: full ? 150 : 40, points: X, labels: y } as const;
    for (const [kind, model] of [
      ['linear', line],
      ['network', networks.at(-1)!],
    ] as const) {
      const title = `${name}: ${kind === 'linear' ? 'a linear classifier' : `${widths.at(-1)} hidden neurons`}`;
      const draw = (): Promise<string> => decisionRegions((grid) => model.predict(grid), { ...plane, title });
      await picture(out, `hard-cases-${name}-${kind}`, draw);
    }
    const ones = mean(fresh.y).item();
    const score = (model: LogisticRegression | MLPClassifier): number => model.score(fresh.X, fresh.y);
    return { constant: Math.max(ones, 1 - ones), linear: score(line), networks: networks.map(score) };
  };

  console.log('\nHard cases for a linear classifier\n');
  const result = { annulus: await measure('annulus'), threeModes: await measure('threeModes'), xor: await measure('xor') };
  const cells = (numbers: readonly number[]): string[] => numbers.map((v) => v.toFixed(3));
  table([
    ['\n  accuracy on new points', 'class 1', 'one answer', 'one line', ...widths.map((n) => `${n} neurons`)],
    ...(Object.keys(CASES) as Case[]).map((name) => {
      const { constant, linear, networks } = result[name];
      return [name, CASES[name].rule, ...cells([constant, linear, ...networks])];
    }),
  ]);
  console.log(`  One line does no better than one answer where a class lies around the other, and little better for xor: the best line of all cuts
  a corner off and gets 2/3. A hidden neuron is a line with a soft edge: four of them do xor, three discs and a ring take more.
  The slides show the cases as pictures without numbers. "Class 1 and class 2" of the ring are 1 and 0 here.`);
  return result;
}

await tell(import.meta.url, story);
