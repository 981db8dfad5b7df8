/** Settings of the update rules, the same for everybody. */

export const sgdRate = 0.01;
export const adamSettings = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Corrections of Adam's moments for their start at zero, at update t. */
export function adamCorrections(t: number): [c1: number, c2: number] {
  const { beta1, beta2 } = adamSettings;
  return [1 / (1 - beta1 ** t), 1 / (1 - beta2 ** t)];
}
