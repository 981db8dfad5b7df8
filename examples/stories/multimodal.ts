/**
 * @file The multimodal density: a mixture of Laplace densities can say "here or there", one density cannot. Lecture 000:287–295; row 77.
 *
 *   npx tsx examples/stories/multimodal.ts
 */
import { abs, add, adam, div, exp, linearSchedule, linspace, mean, minimize, mul, neg, softmax, sub, sum, take, tensor } from 'chainrule';
import { type Density, gaussian, laplace, mixture, type Tensor, zeros } from 'chainrule';
import { lines } from 'chainrule/viz';
import { picture, PICTURES, type StoryOptions, table, tell } from './tell.js';

// two answers to one question: five values around −3, seven around 3
const Y = tensor([-3.4, -3.1, -3, -2.9, -2.6, 2, 2.5, 2.8, 3, 3.2, 3.5, 4]);

export interface Result {
  /** Areas under the density printed in the notes, under ours, and under the Gaussian. */
  readonly areas: Readonly<Record<'printed' | 'mixture' | 'gaussian', number>>;
  /** Mean −log p of the values under the likeliest density of each kind. */
  readonly losses: Readonly<Record<'gaussian' | 'laplace' | 'mixture', number>>;
  /** The likeliest mixture: weights π, places f, widths γ. */
  readonly weights: readonly number[];
  readonly places: readonly number[];
  readonly widths: readonly number[];
  /** The likeliest Gaussian: μ, σ. */
  readonly gaussian: readonly [number, number];
  /** Densities at μ: where the Gaussian is highest, there are no values. */
  readonly atMean: readonly [gaussian: number, mixture: number];
}

/** Parameters of M components; the weights are a softmax, the widths positive because they are an exponential. */
interface Modes {
  readonly logits: Tensor;
  readonly places: Tensor;
  readonly logWidths: Tensor;
}

const ofModes = ({ logits, places, logWidths }: Modes): Density => {
  const part = (m: number): Density => laplace(take(places, m), { scale: exp(take(logWidths, m)) });
  return mixture(logits, [part(0), part(1)]);
};

export async function story({ budget = 'full', out = PICTURES }: StoryOptions = {}): Promise<Result> {
  const full = budget === 'full';
  console.log('\nThe multimodal density: p(y) = Σ_m π_m · 1/(2γ_m) · exp(−|y − f_m| / γ_m)\n');

  // maximum likelihood of any density: one expression, −mean log p
  const steps = full ? 4000 : 400;
  const settle = { optimizer: adam({ lr: linearSchedule(0.05, 0, steps) }), steps };
  const nll = (density: Density): Tensor => neg(mean(density.logProb(Y)));
  const one = { place: 0, logWidth: 0 };
  const bell = minimize(({ place, logWidth }) => nll(gaussian(place, { std: exp(logWidth) })), one, settle);
  const peak = minimize(({ place, logWidth }) => nll(laplace(place, { scale: exp(logWidth) })), one, settle);
  const start: Modes = { logits: zeros([2]), places: tensor([-1, 1]), logWidths: zeros([2]) };
  const modes = minimize((p) => nll(ofModes(p)), start, settle);

  const two = ofModes(modes.params);
  const [mu, sigma] = [bell.params.place.item(), exp(bell.params.logWidth).item()];
  const single = gaussian(mu, { std: sigma });
  const losses = { gaussian: bell.value, laplace: peak.value, mixture: modes.value };
  const numbers = (t: Tensor): number[] => [...t.data];
  const weights = numbers(softmax(modes.params.logits));
  const [places, widths] = [numbers(modes.params.places), numbers(exp(modes.params.logWidths))];
  const at = (density: Density, y: number): number => exp(density.logProb(y)).item();
  const atMean = [at(single, mu), at(two, mu)] as const;
  const show = (vs: readonly number[], digits: number): string => vs.map((v) => v.toFixed(digits)).join(', ');
  const heights = places.map((f) => at(two, f));
  table([
    ['likeliest density', 'mean −log p', 'its places', 'p there', `p at the mean, ${mu.toFixed(2)}`],
    ['one Gaussian', losses.gaussian, show([mu], 2), show([at(single, mu)], 4), show([atMean[0]], 4)],
    ['one Laplace', losses.laplace, show([peak.params.place.item()], 2), '', ''],
    ['two Laplace', losses.mixture, show(places, 2), show(heights, 4), show([atMean[1]], 4)],
  ]);
  console.log(`  The Gaussian is highest where no value lies: the mean of two right answers is a wrong one. The mixture finds both, with weights
  ${show(weights, 3)} (5/12 and 7/12 of the values) at their medians; M must be chosen.\n`);

  // the notes print exp(−|y − f| / (2γ)) behind 1/(2γ)
  const grid = linspace(-60, 60, full ? 240_001 : 24_001);
  const area = (p: Tensor): number => mul(sum(p), 120 / (grid.size - 1)).item();
  const part = (m: number): Tensor => exp(neg(div(abs(sub(grid, places[m]!)), 2 * widths[m]!))).mul(weights[m]! / (2 * widths[m]!));
  const areas = { printed: area(add(part(0), part(1))), mixture: area(exp(two.logProb(grid))), gaussian: area(exp(single.logProb(grid))) };
  table([
    ['', 'area below'],
    ['the formula in the notes', areas.printed.toFixed(4)],
    ['our mixture', areas.mixture.toFixed(4)],
    ['our Gaussian', areas.gaussian.toFixed(4)],
  ]);
  console.log(
    '  The notes have −|y − f| / (2γ) in the exponent: with 1/(2γ) before it the area is 2, so it is no density. The 2 does not belong there.',
  );

  const ys = linspace(-6, 6, 400);
  await picture(out, 'multimodal', () =>
    lines(
      [
        { name: 'one Gaussian', x: ys, y: exp(single.logProb(ys)) },
        { name: 'two Laplace', x: ys, y: exp(two.logProb(ys)) },
        { name: 'values', x: Y, y: zeros([Y.size]), mark: 'points' },
      ],
      { title: 'The likeliest densities', xLabel: 'y', yLabel: 'p(y)' },
    ),
  );
  return { areas, losses, weights, places, widths, gaussian: [mu, sigma], atMean };
}

await tell(import.meta.url, story);
