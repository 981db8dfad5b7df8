/**
 * @file Where each public name is written down, read off the entry points.
 */
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

const root = new URL('../../', import.meta.url);
const ENTRY_POINTS = ['src/index.ts', 'src/viz/index.ts', 'src/node/index.ts', 'src/testing/index.ts'];

const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const target = (from: string, path: string): string => posix.join(posix.dirname(from), path.replace(/\.js$/, '.ts'));

/** Names that a file exports, each with the file that declares it. */
function exportsOf(file: string): [name: string, file: string][] {
  const text = read(file);
  const own = [...text.matchAll(/^export (?:declare |abstract |async )*(?:function\*?|const|class|interface|type) (\w+)/gm)].map(
    ([, name]): [string, string] => [name!, file],
  );
  const stars = [...text.matchAll(/^export \* from '([^']+)'/gm)].flatMap(([, path]) => exportsOf(target(file, path!)));
  const spaces = [...text.matchAll(/^export \* as (\w+) from '([^']+)'/gm)].map(([, name, path]): [string, string] => [
    name!,
    target(file, path!),
  ]);
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(([, names, path]) =>
    names!
      .split(',')
      .map((name) => name.replace(/^\s*type\s/, '').trim())
      .filter((name) => name !== '')
      .map((name): [string, string] => [name.replace(/^.* as /, ''), target(file, path!)]),
  );
  return [...own, ...stars, ...spaces, ...lists];
}

/** Every public name with its file. */
export function publicNames(): ReadonlyMap<string, string> {
  return new Map(ENTRY_POINTS.filter((file) => existsSync(new URL(file, root))).flatMap(exportsOf));
}
