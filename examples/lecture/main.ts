/**
 * @file Recomputes the numbers that the lectures print, and says of each whether it is right.
 */
import { run } from './cli.js';

const { code, out, err } = run(process.argv.slice(2));
process.stdout.write(out);
process.stderr.write(err);
process.exitCode = code;
