// Whether every tier answers, and how much of what is asked the caches answer.

import { type Client, type LiveFigures, queriesOf } from "@boardcache/client";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Chart } from "../charts/Chart.tsx";
import { RatePicture } from "../charts/lazy.ts";
import { count, counted, millis, percent } from "../format.ts";
import { LiveStateMark } from "../live/LiveState.tsx";
import { useLive } from "../live/useLive.ts";
import { lastMinute, overTime } from "../live/windows.ts";
import { Failure } from "../ui/Failure.tsx";
import { Figure, Section } from "../ui/parts.tsx";

/** How often health is asked for where no live figures come, in milliseconds. */
const WITHOUT_LIVE_MS = 15_000;

export function Health({ client }: { readonly client: Client }) {
  const live = useLive<LiveFigures>(client.live);
  const health = useQuery({
    ...queriesOf(client).health(),
    refetchInterval: live.state === "open" ? false : WITHOUT_LIVE_MS,
  });
  const { latest } = live;
  const minute = lastMinute(live.history);
  const rates = overTime(live.history);
  const redis = redisOf(latest, health.data?.healthy);
  const { refetch } = health;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when what the stream says of Redis changes
  useEffect(() => void refetch(), [latest?.redisUp, refetch]);

  return (
    <Section title="Health" aside={<LiveStateMark state={live.state} />}>
      {health.isError && <Failure error={health.error} retry={() => void health.refetch()} />}
      <dl className="bc-figures">
        <Figure
          label="Cache"
          value={redis === "down" ? "Degraded" : health.data === undefined ? "…" : "Healthy"}
          note={HEALTH_NOTES[redis]}
          tone={redis === "down" ? "bad" : "good"}
          data-testid="health"
          data-healthy={redis !== "down" && health.data?.healthy}
          data-redis={redis}
        />
        <Figure
          label="Hit rate"
          value={minute?.hitRate == null ? "—" : percent(minute.hitRate)}
          note={
            minute === undefined
              ? "no figures yet"
              : `${counted(minute.requests, "read", "reads")} of this origin in the last minute`
          }
          data-testid="hit-rate"
          data-value={minute?.hitRate ?? undefined}
        />
        <Figure
          label="Response time"
          value={minute?.p50Ms == null ? "—" : millis(minute.p50Ms)}
          note={minute?.p99Ms == null ? "no reads" : `median; p99 ${millis(minute.p99Ms)}`}
        />
        <Figure
          label="Invalidations"
          value={minute === undefined ? "—" : count(minute.invalidations)}
          note="in the last minute"
        />
      </dl>
      <Chart
        label="Hit rate at the origin over the last minutes"
        height="short"
        isEmpty={rates.every(({ hitRate }) => hitRate === null)}
        testId="hit-rate-chart"
        table={{
          head: ["Time", "Hit rate"],
          rows: rates.slice(-5).map(({ at, hitRate }) => [at, hitRate === null ? "—" : percent(hitRate)]),
        }}
      >
        <RatePicture points={rates} />
      </Chart>
      <p className="bc-about">Of what reaches this origin: pages that the edge has at hand are not counted here.</p>
    </Section>
  );
}

type RedisState = "up" | "down" | "none";

const HEALTH_NOTES: Readonly<Record<RedisState, string>> = {
  up: "Redis answers",
  down: "Redis does not answer; reads go on without it",
  none: "memory alone, no Redis",
};

function redisOf(latest: LiveFigures | undefined, healthy: boolean | undefined): RedisState {
  if (latest !== undefined) return latest.redisUp === null ? "none" : latest.redisUp ? "up" : "down";
  return healthy === false ? "down" : "up";
}
