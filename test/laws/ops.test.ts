import { registry, type Definition, ChainruleError } from 'chainrule';
import {
  checkProperty,
  type Law,
  lawBatch,
  lawBroadcast,
  lawLinear,
  lawOrder2,
  lawOrder3,
  lawPure,
  lawShape,
  lawSpecial,
  lawVjp,
  mutant,
  MUTATIONS,
} from 'chainrule/testing';
import { afterAll, describe, expect, it } from 'vitest';

const only = process.env['CHAINRULE_OP']?.split(',');
const seed = Number(process.env['CHAINRULE_SEED'] ?? 42);
const ops: Definition[] = [...registry.values()].filter((op) => only === undefined || only.includes(op.name));

/** Draws of a whole nightly run at the least, and of each law. */
const [NIGHTLY, NIGHTLY_EACH] = [200_000, 1_000];
const nightly = process.env['CHAINRULE_NIGHTLY'] !== undefined;
const laws: readonly (readonly [name: string, law: Law])[] = [
  ['L2 shape', lawShape],
  ['L3 vjp', lawVjp],
  ['L4 order 2', lawOrder2],
  ...(nightly ? [['L4 order 3', lawOrder3] as const] : []),
  ['L5 linear in the cotangent', lawLinear],
  ['L6 pure', lawPure],
  ['L7 broadcast', lawBroadcast],
  ['L11 batch: vmap(op) = stack(op)', lawBatch],
];
const runs = nightly ? Math.max(NIGHTLY_EACH, Math.ceil(NIGHTLY / (ops.length * laws.length))) : 60;
const timeout = nightly ? 1_200_000 : 30_000;

let draws = 0;
let worst = { error: 0, where: 'nowhere' };
let mutants = 0;
let caught = 0;

if (only !== undefined) {
  it('knows every op it was asked for', () => {
    for (const name of only) expect([...registry.keys()]).toContain(name);
  });
}

describe.each(ops.map((op) => [op.name, op] as const))('%s', (_, op) => {
  it.each(laws)(
    '%s',
    (name, law) => {
      const report = checkProperty(op, law, { runs, seed });
      draws += report.draws;
      if (report.worst > worst.error) worst = { error: report.worst, where: `${name} of ${op.name}` };
    },
    timeout,
  );
  it('L9 special points', () => lawSpecial(op));
  it('L8 declared errors', () => {
    for (const { call, message } of op.spec.errors ?? []) {
      expect(call).toThrow(ChainruleError);
      expect(call).toThrow(message);
    }
  });
  it('L10 complete: a doc line, a rule or a word for every input, samples', () => {
    expect(op.spec.doc.length).toBeGreaterThan(0);
    expect(Object.keys(op.spec.vjp)).toEqual([...op.spec.inputs]);
    for (const rule of Object.values(op.spec.vjp)) expect(rule === null || rule === 'zero' || typeof rule === 'function').toBe(true);
  });
  for (const input of op.spec.inputs.filter((name) => typeof op.spec.vjp[name] === 'function')) {
    it.each(Object.keys(MUTATIONS))(`M: the rule of ${input} %s is rejected`, (mutation) => {
      const damaged = mutant(op, input, mutation);
      mutants++;
      // a rule that is 0 everywhere has mutants that change nothing: they escape, until it is declared 'zero'
      expect(() => {
        checkProperty(damaged, lawVjp, { runs: 20, seed, shrink: false });
        checkProperty(damaged, lawOrder2, { runs: 20, seed, shrink: false });
      }, 'the mutant escapes').toThrow();
      caught++;
    });
  }
});

afterAll(() => {
  const error = `worst relative error ${worst.error.toExponential(0)} (${worst.where})`;
  console.log(`L: ${draws} draws for ${laws.length} laws of ${ops.length} ops with seed ${seed}, ${error}`);
  console.log(`M: ${caught} of ${mutants} mutants rejected`);
});
