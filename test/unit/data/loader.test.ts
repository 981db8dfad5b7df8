import { DataLoader, Generator, minibatches, ShapeError, UsageError } from 'chainrule';
import { describe, expect, test } from 'vitest';

const X = Array.from({ length: 10 }, (_, i) => [i, -i]);
const y = X.map(([v]) => v! * 10);

describe('DataLoader', () => {
  test('rows and labels stay together, every example comes once an epoch, epochs differ, runs do not', () => {
    const epochs = (): number[][] => {
      const loader = new DataLoader([X, y], { batchSize: 4, shuffle: true, generator: new Generator(3) });
      return [0, 1].map(() =>
        [...loader].flatMap(([rows, labels]) => {
          expect([...labels.data]).toEqual([...rows.data].filter((_, i) => i % 2 === 0).map((v) => v * 10));
          return [...labels.data];
        }),
      );
    };
    const [first, second] = epochs();
    expect([...first!].sort((a, b) => a - b)).toEqual(y);
    expect(second).not.toEqual(first);
    expect(epochs()).toEqual([first, second]);
  });

  test('in order, the last batch kept or dropped', () => {
    expect([...new DataLoader([y], { batchSize: 4 })].map(([b]) => b.toArray())).toEqual([
      [0, 10, 20, 30],
      [40, 50, 60, 70],
      [80, 90],
    ]);
    const dropping = new DataLoader([y], { batchSize: 4, dropLast: true });
    expect([dropping.length, [...dropping].length]).toEqual([2, 2]);
  });

  test('with replacement some come twice', () => {
    const generator = new Generator(1);
    const drawn = [...new DataLoader([y], { batchSize: 5, replacement: true, generator })].flatMap(([b]) => [...b.data]);
    expect(drawn.length).toBe(10);
    expect(new Set(drawn).size).toBeLessThan(10);
    const many = Array.from({ length: 300 }, () => [...minibatches(10, { batchSize: 10, generator, replacement: true })][0]!).flatMap(
      (b) => [...b.data],
    );
    for (let i = 0; i < 10; i++) expect(many.filter((v) => v === i).length / 300).toBeCloseTo(1, 0);
  });

  test('what it refuses', () => {
    expect(() => new DataLoader([])).toThrow('DataLoader: needs at least one tensor');
    expect(() => new DataLoader([X, [1]])).toThrow(ShapeError);
    expect(() => new DataLoader([X], { batchSize: 0 })).toThrow('batchSize must be a positive integer: 0');
    expect(() => new DataLoader([X], { batchsize: 2 } as never)).toThrow(UsageError);
    expect(() => [...minibatches(3, { batchSize: 1, replacement: true })]).toThrow('minibatches: replacement needs a generator');
  });
});
