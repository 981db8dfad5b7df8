/** One workload, all contenders: check first, then interleaved rounds. */
import { compare, type Computed } from './check.js';
import type { Peer, Prepared } from './peers/peer.js';
import type { ContenderName, Precision, Workload } from './workload.js';

export interface Row {
  workload: string;
  contender: ContenderName;
  dtype: Precision;
  /** Milliseconds a call: the median over the rounds of (time of the round / calls in it). */
  ms: number | null;
  rounds: number[];
  /** Relative to the reference: ours, eager. */
  worstDifference: number | null;
  /** Why it was not timed, or why its numbers are not to be believed. */
  problem: string | null;
}

export interface Budget {
  rounds: number;
  warmupMs: number;
  roundMs: number;
  /** A contender that has been timed for so long has rounds enough; one whose check took so long is warm. */
  patienceMs: number;
}

/** The first contender is the reference. */
export async function runWorkload(workload: Workload, contenders: Peer[], budget: Budget): Promise<Row[]> {
  const inputs = workload.setup();
  const rows: Row[] = [];
  const running: { row: Row; prepared: Prepared; spentMs: number }[] = [];
  let reference: Computed | undefined;

  for (const contender of contenders) {
    const row: Row = {
      workload: workload.name,
      contender: contender.name,
      dtype: workload.dtype,
      ms: null,
      rounds: [],
      worstDifference: null,
      problem: null,
    };
    try {
      const prepared = await contender.prepare(workload, inputs);
      if (!prepared) continue;
      row.dtype = prepared.dtype;
      const start = performance.now();
      const computed = { result: await prepared.result(), dtype: prepared.dtype };
      const checkMs = performance.now() - start;
      reference ??= computed;
      const { worst, mismatch } = compare(computed, reference, workload.tolerance);
      row.worstDifference = worst;
      row.problem = mismatch && `MISMATCH: ${mismatch}`;
      if (checkMs < budget.patienceMs) await prepared.time(budget.warmupMs);
      running.push({ row, prepared, spentMs: 0 });
    } catch (error) {
      row.problem = `FAILED: ${error instanceof Error ? error.message : String(error)}`;
    }
    rows.push(row);
  }

  for (let round = 0; round < budget.rounds; round++) {
    for (const each of running) {
      if (each.spentMs > budget.patienceMs) continue;
      const start = performance.now();
      each.row.rounds.push(await each.prepared.time(budget.roundMs));
      each.spentMs += performance.now() - start;
    }
  }
  for (const { row } of running) row.ms = median(row.rounds);
  return rows;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
