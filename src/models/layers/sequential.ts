/**
 * @file Layers one after another.
 */
import { UsageError } from '../../graph/errors.js';
import type { Tree } from '../../transforms/types.js';
import { defineLayer, entryOf, type Layer } from './layer.js';

/** Params or states of several layers, under the keys '0', '1', …, as torch names them. */
export type Keyed<L extends readonly Layer[], Part extends 'params' | 'state'> = number extends L['length']
  ? Record<string, Tree>
  : { [K in Extract<keyof L, `${number}`>]: L[K] extends Layer ? ReturnType<L[K]['init']>[Part] : never };

/**
 * Layers one after another: the output of each is the input of the next. Params and state are objects with the keys '0', '1', ….
 * @throws UsageError for an argument that is no layer, and for params or a state without one of the keys.
 * @see torch.nn.Sequential; lecture 003:418, deep neural networks
 * @example
 * const mlp = sequential(linear(2, 3), activation(relu), linear(3, 1));
 * const { params, state } = mlp.init({ generator: new Generator(1), dtype: 'float64' });
 * params[0].weight.shape; // → [3, 2]
 * mlp.apply(params, [[1, 2], [3, 4]], { train: true, state })[0].shape; // → [2, 1]
 * grad((p: typeof params) => sum(mlp.apply(p, [[1, 2]], { train: true, state })[0]))(params)[2].bias; // → [1]
 */
export function sequential<const L extends readonly Layer[]>(...layers: L): Layer<Keyed<L, 'params'>, Keyed<L, 'state'>> {
  layers.forEach((layer: Partial<Layer> | null, i) => {
    if (typeof layer?.apply !== 'function' || typeof layer.init !== 'function')
      throw new UsageError('sequential', `argument ${i} is no layer`, `got ${typeof layer}`, 'a function becomes one by activation(f)');
  });
  const keyed = <V>(values: readonly V[]): Record<string, V> => Object.fromEntries(values.map((v, i) => [String(i), v]));
  return defineLayer<Record<string, Tree>, Record<string, Tree>>({
    name: 'sequential',
    init(options) {
      const parts = layers.map((layer) => layer.init(options));
      return { params: keyed(parts.map((p) => p.params)), state: keyed(parts.map((p) => p.state)) };
    },
    apply(params, x, options) {
      let y = x;
      const next = layers.map((layer, i) => {
        const own = entryOf('sequential', 'params', params, String(i)) as Tree;
        const state = entryOf('sequential', 'state', options.state, String(i)) as Tree;
        const [out, after] = layer.apply(own, y, { ...options, state });
        y = out;
        return after;
      });
      return [y, keyed(next)];
    },
  }) as unknown as Layer<Keyed<L, 'params'>, Keyed<L, 'state'>>;
}
