// The figures of the moment.

import type { SystemFigures } from "@boardcache/client";
import { bytes, count, duration, millis, percent } from "../format.ts";
import { Figure, Skeleton } from "../ui/parts.tsx";

export function Vitals({ figures }: { readonly figures: SystemFigures | undefined }) {
  if (figures === undefined) return <Skeleton lines={3} label="Waiting for the first figures" />;
  const { requests, windowSecs, redis, memory, outbox } = figures;
  const isQuiet = requests === 0;
  const redisState = redis.up === null ? "none" : redis.up ? "up" : "down";
  return (
    <dl className="bc-figures">
      <Figure
        label="Hit rate"
        value={isQuiet ? "—" : percent(figures.hitRate)}
        note={`${count(requests)} reads in ${duration(windowSecs)}`}
        data-testid="system-hit-rate"
        data-value={figures.hitRate}
      />
      <Figure
        label="Response time"
        value={isQuiet ? "—" : millis(figures.p50Ms)}
        note={isQuiet ? "median" : `median; p99 ${millis(figures.p99Ms)}`}
        data-testid="system-latency"
      />
      <Figure
        label="Redis"
        value={redisState === "up" ? bytes(redis.usedBytes) : redisState === "down" ? "Down" : "None"}
        note={REDIS_NOTES[redisState] ?? ofBound(redis.maxBytes)}
        tone={redisState === "down" ? "bad" : undefined}
        data-testid="system-redis"
        data-state={redisState}
      />
      <Figure
        label="Memory"
        value={bytes(memory.usedBytes)}
        note={`of ${bytes(memory.maxBytes)}; ${count(memory.entries)} entries`}
        data-testid="system-memory"
      />
      <Figure
        label="Outbox"
        value={count(outbox.depth)}
        note={outbox.depth === 0 ? "nothing waits" : `the oldest for ${duration(outbox.oldestAgeSecs)}`}
        tone={outbox.oldestAgeSecs > 10 ? "bad" : undefined}
        data-testid="system-outbox"
      />
      <Figure label="Invalidations" value={count(figures.invalidations)} note={`in ${duration(windowSecs)}`} />
      <Figure label="Stale, bypassed" value={`${count(figures.stale)}, ${count(figures.bypass)}`} note="answers" />
      <Figure label="Live streams" value={count(figures.openStreams)} note="open now" />
    </dl>
  );
}

const REDIS_NOTES: Readonly<Record<string, string>> = {
  down: "reads go on without it",
  none: "not configured",
};

function ofBound(maxBytes: number): string {
  return maxBytes === 0 ? "answers; unbounded" : `of ${bytes(maxBytes)}`;
}
