/**
 * @file From steps to WebAssembly: loops, calls of the matrix kernel, and of what stays in JavaScript, one function a step.
 */
import { Body, encodeModule } from './encode.js';
import { BYTES, type Layout } from './layout.js';
import { Imports, type NumberFunction } from './imports.js';
import { LoopEmitter } from './loop.js';
import type { Plan, Product, Value } from './steps.js';

/** A program as bytes, and what it calls. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly functions: readonly NumberFunction[];
}

/** Emits the steps of a plan. */
export function emitProgram(plan: Plan, layout: Layout, pages: number): Emitted {
  const imports = new Imports();
  const bodies: Body[] = [];
  plan.steps.forEach((step, i) => {
    const body = new Body();
    const address = (v: Value): number => layout.addresses.get(v)!;
    switch (step.kind) {
      case 'loop':
        new LoopEmitter(body, step, address, imports).emit();
        break;
      case 'product':
        emitProduct(body, step, layout);
        break;
      case 'clear':
        body
          .i32(address(step.value))
          .i32(0)
          .i32(step.value.size * BYTES[step.value.dtype])
          .fill();
        break;
      default:
        body.i32(i).call(2);
    }
    bodies.push(body);
  });
  const run = new Body();
  bodies.forEach((_, i) => run.call(imports.list.length + i));
  const functions = [...bodies.map((body, i) => ({ name: `s${i}`, body })), { name: 'run', body: run }];
  return { bytes: encodeModule(imports.list, functions, pages), functions: imports.functions };
}

function emitProduct(body: Body, step: Product, { addresses, panels }: Layout): void {
  const { m, n, k, a, b, strides, offsets, value } = step;
  const size = BYTES[value.dtype];
  const [A, B, C] = [addresses.get(a.value)!, addresses.get(b.value)!, addresses.get(value)!];
  offsets.forEach(([x, y], i) => {
    for (const v of [m, n, k, A + x * size, strides[0], strides[1], B + y * size, strides[2], strides[3], C + i * m * n * size, panels.a, panels.b, panels.tile]) body.i32(v); // prettier-ignore
    body.call(size === 4 ? 0 : 1);
  });
}
