/** Batch normalisation: values, gradients and running statistics beside torch. */
import { add, allclose, batchNorm1d, grad, gradcheck, gradgradcheck, mul, square, sum, tensor, type Tensor, zeros } from 'chainrule';
import { describe, expect, test } from 'vitest';
import { wave } from './wave.js';

const close = (a: Tensor, b: readonly number[], atol = 1e-13): boolean => allclose(tensor([...a.data]), tensor([...b]), { rtol: 0, atol });

describe('batchNorm1d', () => {
  test('[N, C, L], plain averages (momentum null): torch.nn.BatchNorm1d of torch 2.13, float64', () => {
    const layer = batchNorm1d(3, { eps: 1e-3, momentum: null });
    const params = { weight: wave([3], 0), bias: wave([3], 1) };
    const { state } = layer.init({ dtype: 'float64' });
    const x = wave([2, 3, 4], 2);
    const [y, after1] = layer.apply(params, x, { train: true, state });
    expect(
      close(
        y,
        [
          1.84504200962023, 1.09595179395718, 0.47869145297907, 0.283568170006782, -1.05778964633998, -0.0275628914440326, 1.06734278270163,
          1.7119761291732, 1.66913626663283, 1.00192955936127, 0.0708294421174694, -0.686253151118145, 0.285336381723999, 0.615530889317075,
          1.30350472983104, 2.02569305618438, 1.71874194961908, 1.59094018179297, 0.766610048065078, -0.366553109158731, -0.698935926615903,
          -0.910672848256275, -0.486776382329355, 0.373388339674436,
        ],
      ),
    ).toBe(true);
    const loss = (p: typeof params, v: Tensor): Tensor => sum(mul(layer.apply(p, v, { train: true, state })[0], wave([2, 3, 4], 5)));
    const [own, gx] = grad(loss, { argnums: [0, 1] })(params, x);
    expect(close(own.weight, [-4.60284886637231, -4.78787190991303, -5.16620110945713])).toBe(true);
    expect(
      close(
        gx,
        [
          -0.154003818981245, -0.155960538973605, -0.0888970819253621, 0.0156455604182735, 0.119190694290747, 0.202080093571142,
          0.176480520253707, 0.0544318536739953, 0.00108949196317113, -0.110141299345869, -0.14657484661284, -0.0910758832682058,
          0.0182180427594624, 0.110183735224589, 0.145997793955909, 0.108816307521979, 0.05072511418606, -0.11037887403826,
          -0.233017500087667, -0.259511901849724, -0.0887485106238136, 0.0335372732798391, 0.163046023480064, 0.238867751127653,
        ],
      ),
    ).toBe(true);
    const after2 = layer.apply(params, wave([2, 3, 4], 8), { train: true, state: after1 })[1];
    expect(close(after2.running_mean, [-0.348351505934945, 0.322902657326367, -0.260140689253414])).toBe(true);
    expect(close(after2.running_var, [0.395853442935742, 0.425386233548963, 0.488648792229682])).toBe(true);
    expect(after2.num_batches_tracked.item()).toBe(2);
    expect(after2.num_batches_tracked.dtype).toBe('int32');
    const [evaluated, same] = layer.apply(params, x, { train: false, state: after2 });
    expect(same).toBe(after2);
    expect(close(evaluated, [...y.data], 0.01)).toBe(false);
    expect(
      close(
        evaluated,
        [
          1.78494924263532, 1.08657530379802, 0.511105852184143, 0.329193162845909, -0.876613260903151, 0.0627595864326561,
          1.06110743150509, 1.64889168316119, 1.47540754098072, 0.870878510180246, 0.027246326449064, -0.658715612087554, 0.330841659857125,
          0.638680734548692, 1.28007611092734, 1.95336952140296, 1.65506083765714, 1.53852968568809, 0.786895794231944, -0.246335672955946,
          -0.670206962363202, -0.862053229238082, -0.477977774189867, 0.301382714927736,
        ],
      ),
    ).toBe(true);
  });

  test('[N, C], three steps with momentum 0.3, without weight and bias: torch 2.13, float64', () => {
    const layer = batchNorm1d(2, { affine: false, momentum: 0.3 });
    let { state } = layer.init({ dtype: 'float64' });
    expect(layer.init().params).toEqual({});
    let y: Tensor = zeros([1]);
    for (let t = 0; t < 3; t++) [y, state] = layer.apply({}, wave([4, 2], t), { train: true, state });
    const expected = [
      0.875708395894622, -0.233567001337016, -1.08312223468036, -1.28949939427776, -0.905840470791181, 0.0123033143344099, 1.11325430957692,
      1.51076308128036,
    ];
    expect(close(y, expected)).toBe(true);
    expect(close(state.running_mean, [-0.0491517760566671, -0.060905194742766])).toBe(true);
    expect(close(state.running_var, [0.758415284521981, 0.764251627582766])).toBe(true);
    expect(state.num_batches_tracked.item()).toBe(3);
  });

  test('float32 parameters and state stay float32; the state carries no graph', () => {
    const layer = batchNorm1d(2);
    const { params, state } = layer.init();
    const run = (x: Tensor): [Tensor, typeof state] => layer.apply(params, x, { train: true, state });
    const x32 = tensor(new Float32Array([1, 2, 3, 5]), { shape: [2, 2] });
    expect(run(x32)[0].dtype).toBe('float32');
    expect(run(wave([3, 2], 0))[1].running_mean.dtype).toBe('float32');
    expect(run(wave([3, 2], 0))[1].running_var.dtype).toBe('float32');
    let inside: typeof state | undefined;
    const f = (x: Tensor): Tensor => {
      const [y, next] = run(x);
      inside = next;
      return sum(y);
    };
    grad(f)(wave([3, 2], 0));
    expect(Object.values(inside!).map((t) => t.node)).toEqual([null, null, null]);
    // so a loss of the state has gradient zero
    expect(grad((x: Tensor) => add(sum(run(x)[1].running_mean), mul(0, sum(x))))(wave([2, 2], 0)).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('gradcheck in weight, bias and x, training (order 2 too) and evaluation', () => {
    const layer = batchNorm1d(2);
    const state = { ...layer.init({ dtype: 'float64' }).state, running_mean: wave([2], 3), running_var: tensor([0.5, 2]) };
    for (const train of [true, false]) {
      const f = (weight: Tensor, bias: Tensor, x: Tensor): Tensor => square(layer.apply({ weight, bias }, x, { train, state })[0]);
      for (const x of [wave([4, 2], 0), wave([2, 2, 3], 1)]) {
        expect(gradcheck(f, [wave([2], 1), wave([2], 2), x])).toBe(true);
        if (train) expect(gradgradcheck(f, [wave([2], 1), wave([2], 2), x])).toBe(true);
      }
    }
  });

  test('a channel of equal values becomes its bias, with gradient 0', () => {
    const layer = batchNorm1d(1);
    const { params, state } = layer.init({ dtype: 'float64' });
    const f = (x: Tensor): Tensor => layer.apply(params, x, { train: true, state })[0];
    const x = tensor([[0.1], [0.1], [0.1]]);
    expect(close(f(x), [0, 0, 0], 1e-13)).toBe(true);
    expect(
      close(
        grad((v: Tensor) => sum(mul(f(v), [[1], [2], [-3]])))(x),
        [1, 2, -3].map((v) => v / Math.sqrt(1e-5)),
        1e-9,
      ),
    ).toBe(true);
  });
});
