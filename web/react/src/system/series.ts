// Figures over time, in the form that charts draw.

import type { SystemFigures } from "@boardcache/client";
import type { LatencyPoint, TierPoint } from "../charts/pictures.tsx";

/** Shares of what was answered. Where nothing was asked there is nothing to share. */
export function tierShares(history: readonly SystemFigures[]): TierPoint[] {
  return history.map(({ at, byTier: { memory, redis, database } }) => {
    const all = Math.max(1, memory + redis + database);
    return { at, memory: memory / all, redis: redis / all, database: database / all };
  });
}

export function latencies(history: readonly SystemFigures[]): LatencyPoint[] {
  return history.map(({ at, p50Ms, p99Ms }) => ({ at, p50: p50Ms, p99: p99Ms }));
}
