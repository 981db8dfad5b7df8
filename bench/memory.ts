/** The memory workload: does a training loop that frees nothing by hand, and never yields, stay small? */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const [early, late, allowanceMB] = [2_000, 20_000, 50];

export interface MemoryResult {
  earlyMB: number;
  lateMB: number;
  met: boolean;
  text: string;
}

/** 20,000 eager steps of a 64-32-10 network, batch 32, in a fresh process without any flag. */
export async function memory(library: string): Promise<MemoryResult> {
  const script = fileURLToPath(new URL('memory-steps.ts', import.meta.url));
  const arguments_ = [...process.execArgv, script, library, String(early), String(late)];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_);
  const [first, last] = JSON.parse(stdout) as { residentMB: number; loss: number }[];
  const [earlyMB, lateMB] = [first!.residentMB, last!.residentMB];
  if (!(last!.loss < first!.loss)) throw new Error(`the loss does not fall: ${first!.loss} → ${last!.loss}`);
  const met = lateMB <= earlyMB + allowanceMB;
  const text =
    `Resident ${earlyMB.toFixed(0)} MB after ${early} steps, ${lateMB.toFixed(0)} MB after ${late}` +
    ` · allowed +${allowanceMB} MB · ${met ? 'met' : '**NOT MET**'}`;
  return { earlyMB, lateMB, met, text };
}
