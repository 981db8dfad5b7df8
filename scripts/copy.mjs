/** `node scripts/copy.mjs FROM TO`: the build copies what the compiler does not make. */
import { copyFileSync } from 'node:fs';

copyFileSync(process.argv[2], process.argv[3]);
