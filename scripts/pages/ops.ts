/**
 * What is known of each op of the registry: docs/OPS.md. Formulas and rules are read off the records, domains off the samples, errors off the
 * laws, which are run.
 */
import { type Definition, type Domain, registry, type Tensor } from 'chainrule';
import { checkProperty, drawFrom, type Law, lawOrder2, lawOrder3, lawVjp } from 'chainrule/testing';
import { composedTable } from './composed.js';
import { code, GENERATED, paragraph, plain, table } from './markdown.js';
import { tape } from './tape.js';

/** Draws of each law, and where they begin: as in `npm run laws`. */
const [RUNS, SEED] = [60, 42];
/** Samples that domains are read off. */
const SAMPLES = 24;
/** Least power of ten that an error is bounded by: below it the differences themselves are wrong. */
const LEAST = -9;
/** More special points than this are counted. */
const MOST_POINTS = 6;

/** The laws that compare with central differences, by order. */
const ORDERS: readonly Law[] = [lawVjp, lawOrder2, lawOrder3];

const isDifferentiable = ({ spec }: Definition): boolean => Object.values(spec.vjp).some((rule) => typeof rule === 'function');

/** Inputs with what becomes of a gradient that is asked of them. */
function inputsOf({ spec }: Definition): string {
  const names = spec.inputs.map((name) => {
    const rule = spec.vjp[name];
    return `${code(spec.variadic === true ? `...${name}` : name)}${rule === null ? ' (none)' : rule === 'zero' ? ' (zero)' : ''}`;
  });
  return names.length === 0 ? '—' : names.join(', ');
}

/** An error as a power of ten that it does not exceed: digits would differ where other engines round another way. */
function bound(error: number): string {
  return `1e${Math.max(LEAST, Math.ceil(Math.log10(error)))}`;
}

/** The highest order at which the laws hold, with a bound for the worst error up to there. */
function measured(op: Definition): [order: string, error: string] {
  if (!isDifferentiable(op)) return ['—', '—'];
  let worst = 0;
  for (const [i, law] of ORDERS.entries()) {
    try {
      worst = Math.max(worst, checkProperty(op, law, { runs: RUNS, seed: SEED, shrink: false }).worst);
    } catch {
      return [String(i), i === 0 ? '—' : bound(worst)];
    }
  }
  return [String(ORDERS.length), bound(worst)];
}

const number = (x: number): string => String(x).replace('-', '−').replace('Infinity', '∞');

/** A domain as an interval, less what it keeps away from. */
function interval({ min, max, avoid = [], distinct, integers }: Domain): string {
  const inside = avoid.filter((x) => x >= min && x <= max);
  return [
    `${number(min)} … ${number(max)}`,
    inside.length > 0 ? ` without ${inside.map(number).join(', ')}` : '',
    integers === true ? ', whole' : '',
    distinct === true ? ', no ties' : '',
  ].join('');
}

/** Domains as text; whole numbers of several ranges are one range. */
function together(domains: readonly Domain[]): string[] {
  const whole = domains.filter((d) => d.integers === true);
  const range = { min: Math.min(...whole.map((d) => d.min)), max: Math.max(...whole.map((d) => d.max)), integers: true };
  return [...domains.filter((d) => d.integers !== true), ...(whole.length > 0 ? [range] : [])].map(interval);
}

/** Where the samples of each input lie; what no domain drew is named by its type. */
function domainsOf({ spec }: Definition): string {
  const domains = spec.inputs.map((): Domain[] => []);
  const types = spec.inputs.map(() => new Set<string>());
  for (let seed = 1; seed <= SAMPLES; seed++) {
    const draw = drawFrom(tape(seed));
    const drawn = new Map<Tensor, Domain>();
    const { inputs } = spec.sample({
      ...draw,
      values(shape, domain) {
        const t = draw.values(shape, domain);
        drawn.set(t, domain);
        return t;
      },
    });
    inputs.forEach((t, i) => {
      const [domain, k] = [drawn.get(t), Math.min(i, domains.length - 1)];
      if (domain === undefined) types[k]!.add(t.dtype);
      else domains[k]!.push(domain);
    });
  }
  const texts = domains.map((list, i) => [...new Set([...together(list), ...types[i]!])].sort().join(' or '));
  if (new Set(texts).size <= 1) return texts[0] ?? '—';
  return texts.map((text, i) => `${code(spec.inputs[i]!)}: ${text}`).join('; ');
}

/** Points that are checked one by one. */
function specialOf({ spec }: Definition): string {
  const points = (spec.special ?? []).map((point) => (point.length === 1 ? number(point[0]!) : `(${point.map(number).join(', ')})`));
  if (points.length <= MOST_POINTS) return points.join(' ');
  return `${points.slice(0, MOST_POINTS).join(' ')} and ${points.length - MOST_POINTS} more`;
}

function row(op: Definition): string[] {
  const { spec } = op;
  const [order, error] = measured(op);
  return [code(op.name), plain(spec.doc), inputsOf(op), op.broadcasts ? 'yes' : '', domainsOf(op), order, error, specialOf(op)];
}

/** The text of docs/OPS.md. */
export function opsPage(): string {
  const ops = [...registry.values()];
  return [
    GENERATED,
    '',
    '# Ops',
    '',
    paragraph(
      `The ${ops.length} ops of the registry. Every op passes the laws of \`npm run laws\` on random calls: shapes, derivatives against central differences in every input and every cotangent, linearity, purity, broadcasting, batches, special points, declared errors. Every rule that is damaged (scaled by 1.001, negated, zeroed, detached, or with its cotangent dropped) is rejected by them. [Add an op](add-an-op.md) says how one is made, [Ops in compiled programs](compiled-ops.md) how programs run it.`,
    ),
    '',
    '- **inputs**: (zero) blocks a gradient silently, because the op is piecewise constant there; (none) has no derivative, and asking for it is an error; all others have a rule',
    '- **samples**: where the values of the inputs are drawn from; _without_ a point means at least 0.01 away from it; a type alone stands for values that are made otherwise',
    '- **order**: the highest order of derivatives that agrees with central differences of the order below, in every draw',
    `- **error**: no draw of any order was further off, relative to the size of the terms (${RUNS} draws an order, seed ${SEED}, step 1e-5). 1e${LEAST} is what differences of this step can see; larger numbers are their own error where higher derivatives are large, near a pole`,
    '- **special**: points where value, gradient and second derivatives are not NaN, checked one by one: ties, kinks, ends of the domain',
    '',
    table(['op', 'computes', 'inputs', 'broadcasts', 'samples', 'order', 'error', 'special'], ops.map(row)),
    '',
    '## Composed functions',
    '',
    paragraph(
      'No op of its own: made of the ops above, with their derivatives of every order. Each is compared with an oracle that shares no code with the library, and its gradient and second derivative with differences. What it is made of is read off recorded calls.',
    ),
    '',
    composedTable(),
    '',
  ].join('\n');
}
