// The figures of the moment: traffic over the last minute, and how full everything is.

import type { SystemFigures } from "@boardcache/client";
import { bytes, count, counted, duration, millis, percent } from "../format.ts";
import type { Summary } from "../live/windows.ts";
import { Figure, Skeleton } from "../ui/parts.tsx";

/** An outbox that is not emptied for this long means that the edge cannot be told, in seconds. */
const STUCK_SECS = 10;

export function Vitals({
  figures,
  minute,
}: {
  readonly figures: SystemFigures | undefined;
  readonly minute: Summary | undefined;
}) {
  if (figures === undefined || minute === undefined) {
    return <Skeleton lines={3} label="Waiting for the first figures" />;
  }
  const { memory, outbox } = figures;
  return (
    <dl className="bc-figures">
      <Figure
        label="Hit rate"
        value={minute.hitRate === null ? "—" : percent(minute.hitRate)}
        note={`${counted(minute.requests, "read", "reads")} in the last minute of watching`}
        data-testid="system-hit-rate"
        data-value={minute.hitRate ?? undefined}
      />
      <Figure
        label="Response time"
        value={minute.p50Ms === null ? "—" : millis(minute.p50Ms)}
        note={minute.p99Ms === null ? "no reads" : `median; p99 ${millis(minute.p99Ms)}`}
        data-testid="system-latency"
      />
      <Redis redis={figures.redis} />
      <Figure
        label="Memory"
        value={bytes(memory.usedBytes)}
        note={`of ${bytes(memory.maxBytes)}; ${counted(memory.entries, "entry", "entries")}`}
        data-testid="system-memory"
      />
      <Figure
        label="Outbox"
        value={outbox === null ? "—" : count(outbox.depth)}
        note={outboxNote(outbox)}
        tone={outbox !== null && outbox.oldestAgeSecs > STUCK_SECS ? "bad" : undefined}
        data-testid="system-outbox"
      />
      <Figure label="Invalidations" value={count(minute.invalidations)} note="in the last minute" />
      <Figure label="Stale" value={count(minute.stale)} note={`in the last minute; ${count(minute.bypass)} bypassed`} />
      <Figure label="Live streams" value={count(figures.openStreams)} note="open now" />
    </dl>
  );
}

function Redis({ redis }: Pick<SystemFigures, "redis">) {
  const common = { label: "Redis", "data-testid": "system-redis" } as const;
  if (redis === null) return <Figure {...common} value="None" note="not configured" data-state="none" />;
  if (!redis.up) {
    return <Figure {...common} value="Down" note="reads go on without it" tone="bad" data-state="down" />;
  }
  const note = redis.maxBytes === 0 ? "used; unbounded" : `of ${bytes(redis.maxBytes)}`;
  return <Figure {...common} value={bytes(redis.usedBytes)} note={note} data-state="up" />;
}

function outboxNote(outbox: SystemFigures["outbox"]): string {
  if (outbox === null) return "no edge is configured";
  return outbox.depth === 0 ? "nothing waits" : `the oldest for ${duration(outbox.oldestAgeSecs)}`;
}
