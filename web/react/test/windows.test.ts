import type { LiveFigures } from "@boardcache/client";
import { expect, test } from "vitest";
import { lastMinute, overTime, trafficOf } from "../src/live/windows.ts";

const window = (secs: number, figures: Partial<LiveFigures> = {}): LiveFigures => ({
  at: new Date(secs * 1000).toISOString(),
  windowSecs: 2,
  requests: 0,
  hits: 0,
  hitRate: null,
  byTier: { memory: 0, redis: 0, database: 0 },
  stale: 0,
  bypass: 0,
  invalidations: 0,
  p50Ms: null,
  p99Ms: null,
  redisUp: true,
  ...figures,
});
const busy = (secs: number, requests: number, p50Ms: number) =>
  window(secs, {
    requests,
    hits: requests,
    byTier: { memory: requests, redis: 0, database: 0 },
    p50Ms,
    p99Ms: p50Ms * 10,
  });

test("the last minute is what came in it, however quiet its end was", () => {
  const history = [busy(0, 1000, 50), busy(100, 30, 1), busy(110, 10, 5), window(158)];
  expect(lastMinute(history)).toMatchObject({ requests: 40, hits: 40, hitRate: 1, p50Ms: 2, p99Ms: 50, secs: 6 });
  expect(lastMinute([])).toBeUndefined();
});

test("a minute without traffic has no rate and no response time", () => {
  expect(lastMinute([window(0), window(2)])).toMatchObject({ requests: 0, hitRate: null, p50Ms: null, p99Ms: null });
});

test("what passes the cache by does not lower the hit rate", () => {
  const mixed = window(0, {
    requests: 5,
    hits: 2,
    byTier: { memory: 1, redis: 1, database: 2 },
    bypass: 1,
    p50Ms: 1,
    p99Ms: 2,
  });
  expect(lastMinute([mixed])?.hitRate).toBeCloseTo(2 / 3);
});

test("a chart has a point for each window", () => {
  expect(overTime([busy(0, 1, 1), busy(2, 1, 1), busy(60, 1, 1)]).map(({ requests }) => requests)).toEqual([1, 2, 1]);
});

test("a workspace's traffic is that of the minute", () => {
  const row = (requests: number) => [{ workspaceId: "15213", requests, hits: 1 }];
  const history = [0, 100, 110].map((secs) => ({ ...window(secs), workspaces: row(secs) }));
  expect(trafficOf(history).get("15213")).toEqual({ requests: 210, hits: 2 });
});
