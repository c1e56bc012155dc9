// Whether every tier answers, and how much of what is asked the caches answer.

import { type Client, type LiveFigures, queriesOf } from "@boardcache/client";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Chart } from "../charts/Chart.tsx";
import { RatePicture } from "../charts/lazy.ts";
import { count, millis, percent } from "../format.ts";
import { LiveStateMark } from "../live/LiveState.tsx";
import { useLive } from "../live/useLive.ts";
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
          value={latest === undefined || latest.requests === 0 ? "—" : percent(latest.hitRate)}
          note={latest === undefined ? "no figures yet" : `${count(latest.requests)} reads in ${windowOf(latest)}`}
          data-testid="hit-rate"
          data-value={latest?.hitRate}
        />
        <Figure
          label="Response time"
          value={latest === undefined || latest.requests === 0 ? "—" : millis(latest.p50Ms)}
          note={latest === undefined || latest.requests === 0 ? "median" : `median; p99 ${millis(latest.p99Ms)}`}
        />
        <Figure
          label="Invalidations"
          value={latest === undefined ? "—" : count(latest.invalidations)}
          note={latest === undefined ? undefined : `in ${windowOf(latest)}`}
        />
      </dl>
      <Chart
        label="Hit rate over the last minutes"
        height="short"
        testId="hit-rate-chart"
        table={{
          head: ["Time", "Hit rate"],
          rows: live.history.slice(-5).map(({ at, hitRate }) => [at, percent(hitRate)]),
        }}
      >
        <RatePicture points={live.history} />
      </Chart>
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

function windowOf({ windowSecs }: LiveFigures): string {
  return windowSecs >= 60 && windowSecs % 60 === 0 ? `${windowSecs / 60} min` : `${windowSecs} s`;
}
