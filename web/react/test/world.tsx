// An origin for the panels: it keeps settings, sends figures, and notes what it was asked.

import { createClient, type LiveFigures, type SystemFigures } from "@boardcache/client";
import { QueryClient } from "@tanstack/react-query";
import { onTestFinished } from "vitest";
import { json, serve } from "../../client/test/server.ts";

export const figures: LiveFigures = {
  at: "2026-01-01T00:00:00Z",
  windowSecs: 2,
  requests: 200,
  hits: 182,
  hitRate: 0.91,
  byTier: { memory: 120, redis: 62, database: 18 },
  stale: 1,
  bypass: 2,
  invalidations: 4,
  p50Ms: 1.8,
  p99Ms: 46,
  redisUp: true,
};

export const systemFigures: SystemFigures = {
  ...figures,
  memory: { usedBytes: 1_572_864, maxBytes: 268_435_456, entries: 42 },
  redis: { up: false, usedBytes: 0, maxBytes: 0 },
  outbox: { depth: 3, oldestAgeSecs: 75 },
  openStreams: 1,
  workspaces: [{ workspaceId: "15213", requests: 100, hits: 91 }],
};

const settings = {
  cacheEnabled: true,
  features: { contactCounts: true, contactLists: true, search: true, messageHistory: true },
  cacheConfig: { contactCountsTTL: 300, contactsTTL: 180, searchTTL: 120, messageHistoryTTL: 300 },
};
const stats = { hits: 3, misses: 1, sets: 3, deletes: 2, errors: 0, hitRate: "75.00%", total: 4 };
const performance = {
  standard: { timeMs: 90, type: "database" },
  redisCold: { timeMs: 95, type: "redis_miss", improvementPercent: -6 },
  redisWarm: { timeMs: 9, type: "redis_hit", improvementPercent: 90 },
};

export async function world({ mayManage = true, live = figures }: { mayManage?: boolean; live?: LiveFigures } = {}) {
  let stored = settings;
  const say: ((text: string) => void)[] = [];
  const origin = await serve(({ method, url, headers, body }, response) => {
    const success = (data: unknown) => json(response, 200, { success: true, data });
    if (url.endsWith("/settings") && method === "POST") {
      if (!mayManage) return json(response, 403, { error: { code: "forbidden", message: "not an admin" } });
      const { features, cacheConfig, ...rest } = JSON.parse(body);
      stored = {
        ...stored,
        ...rest,
        features: { ...stored.features, ...features },
        cacheConfig: { ...stored.cacheConfig, ...cacheConfig },
      };
      const cache = { enabled: stored.cacheEnabled, features: stored.features, config: stored.cacheConfig };
      return success({ workspace_id: "15213", settings: { cache }, updated_at: "2026-01-01T00:00:00Z" });
    }
    if (url.endsWith("/settings")) return success(stored);
    if (url.endsWith("/health")) return success({ healthy: true, stats, timestamp: "2026-01-01T00:00:00Z" });
    if (url.endsWith("/invalidate")) return success({ deletedEntries: 1234, patterns: [], generation: "" });
    if (url.endsWith("/warm-cache"))
      return success({ warmupTimeMs: 12, entriesWarmed: 5, boards: ["b"], counts: true });
    if (url.endsWith("/test-performance")) {
      if (headers["x-workspace-id"] === "closed")
        return json(response, 403, { error: { code: "forbidden", message: "" } });
      return success({ performance, cacheStats: { hits: 1, misses: 1, hitRate: "50.00%" } });
    }
    if (url === "/api/system/workspaces") {
      const row = (workspaceId: string, name: string) => ({ workspaceId, name, cacheEnabled: true, boards: 1 });
      return success({ workspaces: [row("15213", "Harbour"), row("closed", "Closed"), row("20771", "Northwind")] });
    }
    if (url.startsWith("/api/live") || url === "/api/system/live") {
      const first = url === "/api/system/live" ? systemFigures : live;
      response.write(`event: figures\ndata: ${JSON.stringify(first)}\n\n`);
      say.push((text) => response.write(text));
      return;
    }
    return json(response, 404, { error: { code: "not_found", message: url } });
  });
  const queryClient = new QueryClient();
  onTestFinished(() => queryClient.clear());
  const client = createClient({ edgeUrl: origin.url, workspaceId: "15213", getToken: () => "t" });
  const posts = (end: string) => origin.received.filter(({ method, url }) => method === "POST" && url.endsWith(end));
  const send = (next: LiveFigures) => {
    for (const write of say) write(`event: figures\ndata: ${JSON.stringify(next)}\n\n`);
  };
  return { client, queryClient, origin, posts, send };
}
