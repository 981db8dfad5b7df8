import { registry, type Definition, ChainruleError } from 'chainrule';
import {
  checkProperty,
  lawBroadcast,
  lawLinear,
  lawOrder2,
  lawPure,
  lawShape,
  lawSpecial,
  lawVjp,
  mutant,
  MUTATIONS,
} from 'chainrule/testing';
import { afterAll, describe, expect, it } from 'vitest';

const only = process.env['CHAINRULE_OP']?.split(',');
const runs = Number(process.env['CHAINRULE_RUNS'] ?? 60);
const seed = Number(process.env['CHAINRULE_SEED'] ?? 42);
const ops: Definition[] = [...registry.values()].filter((op) => only === undefined || only.includes(op.name));

let mutants = 0;
let caught = 0;

if (only !== undefined) {
  it('knows every op it was asked for', () => {
    for (const name of only) expect([...registry.keys()]).toContain(name);
  });
}

describe.each(ops.map((op) => [op.name, op] as const))('%s', (_, op) => {
  it('L2 shape', () => checkProperty(op, lawShape, { runs, seed }));
  it('L3 vjp', () => checkProperty(op, lawVjp, { runs, seed }));
  it('L4 order 2', () => checkProperty(op, lawOrder2, { runs, seed }));
  it('L5 linear in the cotangent', () => checkProperty(op, lawLinear, { runs, seed }));
  it('L6 pure', () => checkProperty(op, lawPure, { runs, seed }));
  it('L7 broadcast', () => checkProperty(op, lawBroadcast, { runs, seed }));
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
      expect(() => {
        checkProperty(damaged, lawVjp, { runs: 20, seed, shrink: false });
        checkProperty(damaged, lawOrder2, { runs: 20, seed, shrink: false });
      }).toThrow();
      caught++;
    });
  }
});

afterAll(() => {
  console.log(`${caught} of ${mutants} mutants rejected`);
});
