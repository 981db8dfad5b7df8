/** States: trees of tensors and plain values as one file. */
import fc from 'fast-check';
import {
  Adam,
  DataError,
  type DType,
  Generator,
  Linear,
  loadState,
  type OptimizerStateDict,
  parameter,
  ReLU,
  safetensors,
  saveState,
  Sequential,
  square,
  sum,
  Tensor,
  tensor,
  UsageError,
} from 'chainrule';
import { describe, expect, test } from 'vitest';

/** What two trees must agree in: tensors by dtype, shape and bits, numbers by Object.is (which is how toEqual tells -0 from 0). */
function plain(x: unknown): unknown {
  if (x instanceof Tensor) {
    const { dtype, shape, data } = x;
    return { dtype, shape, bytes: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] };
  }
  if (Array.isArray(x)) return x.map(plain);
  if (typeof x !== 'object' || x === null) return x;
  // As a list of entries: toEqual looks past a key __proto__.
  return { entries: Object.entries(x).map(([key, value]) => [key, plain(value)]) };
}

const again = (tree: unknown): unknown => loadState(saveState(tree));
const state = (json: string, tensors: Record<string, Tensor> = {}): Uint8Array =>
  safetensors.save(tensors, { metadata: { 'chainrule.state': json } });

describe('round trip', () => {
  test.each<[string, unknown]>([
    ['a tensor alone', tensor([[1, 2]], { dtype: 'int32' })],
    ['a number alone', 0.1],
    ['null', null],
    ['empty', { a: {}, b: [], c: [[], {}] }],
    ['numbers', [0, -0, NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE, 0.1 + 0.2, -(2 ** 53), 1e21]],
    ['texts', ['', 'a\u2028"\\\n', '😀', '\ud800', '$tensor']],
    ['booleans', { yes: true, no: false }],
    ['dtypes', { f64: tensor(-0), f32: tensor([NaN], { dtype: 'float32' }), i32: tensor([], { dtype: 'int32' }), bool: tensor([[true]]) }],
    ['keys with dots', { 'a.b': tensor(1), a: { b: tensor(2), 'b#2': tensor(3) }, 'a.b#2': tensor(4) }],
    ['keys that are marks', { $tensor: 'a', $number: 'NaN', $: tensor(1), $$: { $x: 2 } }],
    [
      'keys of every object',
      Object.fromEntries(['__proto__', 'constructor', 'toJSON'].map((k, i) => [k, i === 1 ? tensor(i) : { [k]: i }])),
    ],
    [
      '__proto__ of tensors',
      Object.fromEntries([
        ['__proto__', { a: tensor(1) }],
        ['__metadata__', tensor(2)],
      ]),
    ],
    [
      'odd keys',
      { '': tensor(1), '.': tensor(2), '\ud800': tensor(3), '\udfff': tensor(4), '\ufffd': tensor(5), 0: tensor(6), value: tensor(7) },
    ],
  ])('%s', (_, tree) => {
    expect(plain(again(tree))).toEqual(plain(tree));
  });

  test('any tree', () => {
    const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('a', 'a.b', 'b', '$tensor', '__proto__', '__metadata__', '1'));
    const leaf = fc.oneof(
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.string(),
      fc
        .tuple(fc.array(fc.double(), { maxLength: 3 }), fc.constantFrom<DType>('float64', 'float32', 'bool'))
        .map(([x, dtype]) => tensor(x, { dtype })),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie('tree')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
      ),
    }));
    fc.assert(
      fc.property(tree, (x) => {
        expect(plain(again(x))).toEqual(plain(x));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('tensors stand under their paths, for other programs', () => {
    const tree = { model: [{ weight: tensor([1]) }, { 'running.mean': tensor([2]) }], step: 3 };
    const bytes = saveState(tree, { metadata: { epoch: '7' } });
    expect(Object.keys(safetensors.load(bytes))).toEqual(['model.0.weight', 'model.1.running.mean']);
    expect(safetensors.metadata(bytes)).toEqual({
      epoch: '7',
      'chainrule.state': JSON.stringify({
        version: 1,
        tree: { model: [{ weight: { $tensor: 'model.0.weight' } }, { 'running.mean': { $tensor: 'model.1.running.mean' } }], step: 3 },
      }),
    });
    expect(Object.keys(safetensors.load(saveState(tensor(1))))).toEqual(['value']);
    expect(plain(loadState(bytes))).toEqual(plain(tree));
  });

  test('parameters come back as tensors that no derivative passes through', () => {
    const w = parameter([3, -2], { name: 'w' });
    const { w: loaded } = again({ w }) as { w: Tensor };
    expect(loaded).toBeInstanceOf(Tensor);
    expect(loaded.node).toBeNull();
    expect(loaded.toArray()).toEqual([3, -2]);
  });

  test('one object in two places is saved twice; objects without a prototype become plain', () => {
    const shared = { w: tensor(1) };
    const tree = again({ a: shared, b: [shared, shared] });
    expect(plain(tree)).toEqual(plain({ a: shared, b: [shared, shared] }));
    expect(Object.getPrototypeOf(again(Object.create(null)))).toBe(Object.prototype);
  });

  test('training goes on with the same bits', () => {
    const start = (seed: number): [Sequential, Adam] => {
      const generator = new Generator(seed);
      const model = new Sequential(new Linear(2, 3, { generator }), new ReLU(), new Linear(3, 1, { generator }));
      return [model, new Adam(model.parameters(), { lr: 0.1 })];
    };
    const train = (model: Sequential, optimizer: Adam): number[] =>
      Array.from({ length: 3 }, () =>
        optimizer
          .minimize(() =>
            sum(
              square(
                model.forward([
                  [1, 2],
                  [-1, 0.5],
                ]),
              ),
            ),
          )
          .item(),
      );
    const [model, optimizer] = start(1);
    train(model, optimizer);
    const bytes = saveState({ model: model.stateDict(), optimizer: optimizer.stateDict() });
    const losses = train(model, optimizer);
    const saved = loadState(bytes) as { model: Record<string, Tensor>; optimizer: OptimizerStateDict };
    const [other, resumed] = start(2);
    other.loadStateDict(saved.model);
    resumed.loadStateDict(saved.optimizer);
    expect(train(other, resumed)).toEqual(losses);
    expect(plain(other.stateDict())).toEqual(plain(model.stateDict()));
  });
});

describe('saveState refuses', () => {
  const loop: Record<string, unknown> = { a: [1] };
  (loop['a'] as unknown[]).push({ back: loop });
  const deep = (levels: number): unknown => Array.from({ length: levels }).reduce((x) => [x], null);
  class Settings {
    lr = 0.1;
  }
  class List extends Array {}
  const parts = 'a state is made of tensors, numbers, strings, booleans, null, arrays and plain objects';
  test.each<[string, unknown, string]>([
    ['functions', { model: [{ act: Math.tanh }] }, `${parts}: got a function at model.0.act`],
    ['undefined', { a: { b: undefined } }, `${parts}: got undefined at a.b: leave it out or save null`],
    ['holes', { list: [1, , 2] }, `${parts}: got undefined at list.1: leave it out or save null`],
    ['nothing', undefined, `${parts}: got undefined at the root: leave it out or save null`],
    ['bigint', { n: 1n }, `${parts}: got a bigint at n`],
    ['symbols', [Symbol('x')], `${parts}: got a symbol at 0`],
    ['instances', { s: new Settings() }, `${parts}: got an instance of Settings at s`],
    ['instances of a class without a name', { s: new (class {})() }, `${parts}: got an instance of a class without a name at s`],
    ['lists of another class', { s: List.from([1]) }, `${parts}: got an instance of List at s`],
    ['dates', { d: new Date(0) }, `${parts}: got an instance of Date at d`],
    ['maps', { m: new Map() }, `${parts}: got an instance of Map at m`],
    ['typed arrays', { x: new Float32Array(2) }, `${parts}: got an instance of Float32Array at x: make it a tensor`],
    ['promises', { x: Promise.resolve(1) }, `${parts}: got an instance of Promise at x: await it first`],
    ['models', { m: new Linear(1, 1, { generator: new Generator(1) }) }, `${parts}: got an instance of Linear at m: save its stateDict()`],
    ['cycles', loop, 'a state cannot contain itself: at a.1.back'],
    ['too many levels', deep(1001), /^saveState: a state has at most 1000 levels: at (0\.){999}0$/ as never],
  ])('%s', (_, tree, message) => {
    expect(() => saveState(tree)).toThrow(UsageError);
    expect(() => saveState(tree)).toThrow(typeof message === 'string' ? `saveState: ${message}` : message);
  });

  test('1000 levels are saved', () => {
    expect(JSON.stringify(again(deep(1000)))).toBe(`${'['.repeat(1000)}null${']'.repeat(1000)}`);
  });

  test('wrong options and metadata', () => {
    expect(() => saveState({}, { metdata: {} } as never)).toThrow("saveState: unknown option 'metdata': did you mean 'metadata'?");
    expect(() => saveState({}, { metadata: { epoch: 7 } as never })).toThrow(
      "saveState: metadata must be an object of strings: 'epoch' is",
    );
    expect(() => saveState({}, { metadata: null as never })).toThrow('saveState: metadata must be an object of strings: got null');
    expect(() => saveState({}, { metadata: { 'chainrule.state': '' } })).toThrow(
      "saveState: metadata 'chainrule.state' is taken: the state itself stands there",
    );
  });
});

describe('loadState refuses', () => {
  const tree = (text: string, tensors?: Record<string, Tensor>): Uint8Array => state(`{"version":1,"tree":${text}}`, tensors);
  const x = tensor(1);
  test.each<[string, Uint8Array, string]>([
    [
      'files of tensors',
      safetensors.save({ x }),
      "is no saved state: its metadata have no 'chainrule.state': read its tensors with safetensors.load",
    ],
    ['no JSON', state('{'), "'chainrule.state' is not JSON: "],
    ['keys that come twice', tree('{"a":1,"a":2}'), `'chainrule.state' has a key twice: "a"`],
    ['other versions', state('{"version":2,"tree":1}'), 'unknown version of a saved state: expected 1, found 2'],
    ['no version', state('{"tree":1}'), 'unknown version of a saved state: expected 1, found nothing'],
    ['null', state('null'), 'unknown version of a saved state: expected 1, found nothing'],
    ['a list', state('[[]]'), 'unknown version of a saved state: expected 1, found nothing'],
    ['a version that is no number', state('{"version":[[1]],"tree":1}'), 'unknown version of a saved state: expected 1, found an array'],
    ['no tree', state('{"version":1}'), 'damaged state: it has no tree'],
    ['tensors that are missing', tree('[{"$tensor":"x"}]'), "damaged state: there is no tensor 'x'"],
    ['tensors of every object', tree('{"$tensor":"toString"}'), "damaged state: there is no tensor 'toString'"],
    ['tensors that are left over', tree('1', { x }), "damaged state: tensor 'x' has no place in it"],
    ['a tensor in two places', tree('[{"$tensor":"x"},{"$tensor":"x"}]', { x }), "damaged state: tensor 'x' has two places in it"],
    ['unknown marks', tree('{"$date":"x"}'), "damaged state: unknown mark '$date' with 'x'"],
    ['unknown numbers', tree('{"$number":"1"}'), "damaged state: unknown mark '$number' with '1'"],
    ['marks with company', tree('{"a":1,"$number":"NaN"}'), "damaged state: '$number' does not stand alone, with a text"],
    ['marks without a text', tree('{"$tensor":["x"]}'), "damaged state: '$tensor' does not stand alone, with a text"],
    ['too many levels', tree(`${'['.repeat(1e5)}${']'.repeat(1e5)}`), 'damaged state: more than 1000 levels'],
  ])('%s', (_, bytes, message) => {
    const load = (): unknown => loadState(bytes, { name: 'last.safetensors' });
    expect(load).toThrow(DataError);
    expect(load).toThrow(`last.safetensors: ${message}`);
    expect(() => loadState(bytes)).toThrow(`saved state: ${message}`);
  });

  const small = saveState({ 'a.b': [tensor([1, 2]), -0], c: tensor([true]) });

  test('every truncation', () => {
    for (let n = 0; n < small.length; n++) expect(() => loadState(small.slice(0, n)), `${n} bytes`).toThrow(DataError);
  });

  test('damaged bytes: a DataError or another state, never another error', () => {
    for (let at = 0; at < small.length; at++) {
      for (const value of [0, 0x20, 0x22, 0x24, 0x2c, 0x30, 0x5c, 0x7d, 0xff, small[at]! ^ 1, small[at]! ^ 128]) {
        if (value === small[at]) continue;
        const damaged = small.slice();
        damaged[at] = value;
        let error: unknown;
        try {
          loadState(damaged);
        } catch (e) {
          error = e;
        }
        if (error !== undefined || at < 8) expect(error, `byte ${at} as ${value}`).toBeInstanceOf(DataError);
      }
    }
  });

  test('what is no file at all', () => {
    expect(() => loadState('last' as never)).toThrow(UsageError);
    expect(() => loadState('last' as never)).toThrow(
      'loadState: needs the bytes of a file, a Uint8Array: got a string: chainrule/node reads',
    );
    expect(() => loadState(small, { nam: '' } as never)).toThrow("loadState: unknown option 'nam': did you mean 'name'?");
  });
});
