// Figures come for windows of two seconds, in which a quiet workspace asks for nothing. People look at minutes: here windows are put together.

import type { LiveFigures } from "@boardcache/client";

/** Figures of several windows. */
export interface Summary
  extends Pick<LiveFigures, "at" | "requests" | "hits" | "hitRate" | "byTier" | "stale" | "bypass" | "invalidations"> {
  readonly secs: number;
  /** The windows' medians, each counted as often as it was asked in it: close to the median of all. */
  readonly p50Ms: number | null;
  /** The highest of the windows' percentiles: never better than it was. */
  readonly p99Ms: number | null;
}

/** How much is told of as now, in seconds. */
export const MINUTE_SECS = 60;
/** How much goes into a point of a chart, in seconds. */
const POINT_SECS = 20;

/** The last minute; undefined where there are no figures. */
export function lastMinute(history: readonly LiveFigures[]): Summary | undefined {
  return together(windowsUntil(history, history.length - 1, MINUTE_SECS));
}

/** A point for each window, of what came shortly before it. */
export function overTime(history: readonly LiveFigures[]): Summary[] {
  return history.flatMap((_, index) => together(windowsUntil(history, index, POINT_SECS)) ?? []);
}

/** Traffic by workspace, over the last minute. */
export function trafficOf<
  Row extends { readonly workspaceId: string; readonly requests: number; readonly hits: number },
>(
  history: readonly (LiveFigures & { readonly workspaces: readonly Row[] })[],
): ReadonlyMap<string, { readonly requests: number; readonly hits: number }> {
  const traffic = new Map<string, { requests: number; hits: number }>();
  for (const { workspaces } of windowsUntil(history, history.length - 1, MINUTE_SECS)) {
    for (const { workspaceId, requests, hits } of workspaces) {
      const known = traffic.get(workspaceId) ?? { requests: 0, hits: 0 };
      traffic.set(workspaceId, { requests: known.requests + requests, hits: known.hits + hits });
    }
  }
  return traffic;
}

function windowsUntil<Figures extends LiveFigures>(history: readonly Figures[], last: number, secs: number): Figures[] {
  const until = Date.parse(history[last]?.at ?? "");
  return history.slice(0, last + 1).filter(({ at }) => until - Date.parse(at) < secs * 1000);
}

function together(windows: readonly LiveFigures[]): Summary | undefined {
  const latest = windows.at(-1);
  if (latest === undefined) return undefined;
  const sum = (of: (figures: LiveFigures) => number) => windows.reduce((total, figures) => total + of(figures), 0);
  const byTier = {
    memory: sum(({ byTier }) => byTier.memory),
    redis: sum(({ byTier }) => byTier.redis),
    database: sum(({ byTier }) => byTier.database),
  };
  const [hits, bypass] = [sum((figures) => figures.hits), sum((figures) => figures.bypass)];
  // What passed the cache by was not for it to answer.
  const cacheable = byTier.memory + byTier.redis + byTier.database - bypass;
  const timed = windows.filter(({ p50Ms }) => p50Ms !== null);
  const weight = timed.reduce((total, { requests }) => total + requests, 0);
  return {
    at: latest.at,
    secs: sum(({ windowSecs }) => windowSecs),
    requests: sum(({ requests }) => requests),
    hits,
    hitRate: cacheable > 0 ? Math.min(1, hits / cacheable) : null,
    byTier,
    stale: sum(({ stale }) => stale),
    bypass,
    invalidations: sum(({ invalidations }) => invalidations),
    p50Ms:
      weight === 0 ? null : timed.reduce((total, { p50Ms, requests }) => total + (p50Ms ?? 0) * requests, 0) / weight,
    p99Ms: timed.length === 0 ? null : Math.max(...timed.map(({ p99Ms }) => p99Ms ?? 0)),
  };
}
