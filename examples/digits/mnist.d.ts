declare module 'mnist' {
  /** Digits by class: pixels of all images of a class, 784 numbers in [0, 1] each. */
  const digits: Readonly<Record<`${number}`, { readonly raw: readonly number[] }>>;
  export = digits;
}
