/**
 * @file The line of the user's program in which something happened: the first one on the stack that is outside of the library.
 */

/** Frames that are kept: between a user's line and an op there may be a model, its training, a transform and a composition. */
const DEEPEST = 48;

/** The stack of this moment. Engines turn it into text when somebody reads it, so that keeping it is cheap. */
export function stackHere(): Error {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = DEEPEST;
  const stack = new Error();
  Error.stackTraceLimit = before;
  return stack;
}

/** Places `file:line:column` on a stack, innermost first, as V8 (`at f (place)`, `at place`) and the others (`f@place`) write them. */
function placesOn(stack: Error): string[] {
  const places: string[] = [];
  for (const line of (stack.stack ?? '').split('\n')) {
    const called = /^\s*at .*? \((.*:\d+:\d+)\)$/.exec(line);
    const place = (called ?? /(?:^\s*at (?:async )?|^[^@]*@)(.*:\d+:\d+)$/.exec(line))?.[1];
    if (place !== undefined && !place.startsWith('node:')) places.push(place);
  }
  return places;
}

/** The folder of the library as stacks name it: this file is in it. Null in a bundle, where files are no longer told apart. */
let library: string | null | undefined;

function libraryFolder(): string | null {
  library ??= /^(.*[\\/])graph[\\/]origin\.[jt]s:\d+:\d+$/.exec(placesOn(stackHere())[0] ?? '')?.[1] ?? null;
  return library;
}

/** The user's line on a stack, `file:line:column`; undefined where there is none: in a bundle, or without stacks. */
export function userLine(stack: Error): string | undefined {
  const folder = libraryFolder();
  if (folder === null) return undefined;
  return placesOn(stack)
    .find((place) => !place.startsWith(folder))
    ?.replace(/^file:\/\/(?=\/)/, '');
}
