// AssemblyScript: windows added up where they came from, the transpose of reading them as a view.
// Parts are what lies outside the axes of the windows; they do not touch each other.

/** n elements `by` bytes apart in the whole, to which those of a window, side by side, are added. */
// @ts-ignore: decorator
@inline
function addRun<T>(to: usize, from: usize, n: i32, by: usize): void {
  const end = from + <usize>n * sizeof<T>();
  if (by == sizeof<T>()) for (; from + 16 <= end; from += 16, to += 16) v128.store(to, v128.add<T>(v128.load(to), v128.load(from)));
  for (; from < end; from += sizeof<T>(), to += by) store<T>(to, load<T>(to) + load<T>(from));
}

/**
 * out[o, r·stepR + i·dilationR, s·stepC + j·dilationC, e] = Σ x[o, i, j, r, s, e] for an output [outer, height, width, inner] and windows of
 * rows×columns elements, `down` of them from top to bottom and `across` from left to right.
 */
// @ts-ignore: decorator
@inline
function fold<T>(from: i32, to: i32, out: usize, x: usize, height: i32, width: i32, inner: i32, down: i32, across: i32, rows: i32, stepR: i32, dilationR: i32, columns: i32, stepC: i32, dilationC: i32): void {
  const line = <usize>(width * inner) * sizeof<T>();
  const whole = <usize>height * line;
  const run = <usize>(across * inner) * sizeof<T>();
  const cell = <usize>inner * sizeof<T>();
  memory.fill(out + <usize>from * whole, 0, <usize>(to - from) * whole);
  let source = x + <usize>from * <usize>(rows * columns * down) * run;
  for (let o = from; o < to; o++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let target = out + <usize>o * whole + <usize>(i * dilationR) * line + <usize>(j * dilationC) * cell;
        for (let r = 0; r < down; r++, source += run, target += <usize>stepR * line) {
          if (stepC == 1) addRun<T>(target, source, across * inner, sizeof<T>());
          else if (inner == 1) addRun<T>(target, source, across, <usize>stepC * sizeof<T>());
          else for (let s = 0; s < across; s++) addRun<T>(target + <usize>(s * stepC) * cell, source + <usize>s * cell, inner, sizeof<T>());
        }
      }
    }
  }
}

export function foldF32(from: i32, to: i32, out: usize, x: usize, height: i32, width: i32, inner: i32, down: i32, across: i32, rows: i32, stepR: i32, dilationR: i32, columns: i32, stepC: i32, dilationC: i32): void {
  fold<f32>(from, to, out, x, height, width, inner, down, across, rows, stepR, dilationR, columns, stepC, dilationC);
}

export function foldF64(from: i32, to: i32, out: usize, x: usize, height: i32, width: i32, inner: i32, down: i32, across: i32, rows: i32, stepR: i32, dilationR: i32, columns: i32, stepC: i32, dilationC: i32): void {
  fold<f64>(from, to, out, x, height, width, inner, down, across, rows, stepR, dilationR, columns, stepC, dilationC);
}
