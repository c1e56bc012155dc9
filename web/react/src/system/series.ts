// Figures over time, in the form that charts draw.

import type { LatencyPoint, TierPoint } from "../charts/pictures.tsx";
import type { Summary } from "../live/windows.ts";

/** Shares of what was answered; null where nothing was asked. */
export function tierShares(summaries: readonly Summary[]): TierPoint[] {
  return summaries.map(({ at, byTier: { memory, redis, database } }) => {
    const all = memory + redis + database;
    const share = (answers: number) => (all === 0 ? null : answers / all);
    return { at, memory: share(memory), redis: share(redis), database: share(database) };
  });
}

export function latencies(summaries: readonly Summary[]): LatencyPoint[] {
  return summaries.map(({ at, p50Ms, p99Ms }) => ({ at, p50: p50Ms, p99: p99Ms }));
}
