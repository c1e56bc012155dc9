// Every workspace, and the tiers that serve them. For system admins.

import type { Client, SystemFigures } from "@boardcache/client";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { Chart } from "../charts/Chart.tsx";
import { Legend } from "../charts/Legend.tsx";
import { LatencyPicture, TierPicture } from "../charts/lazy.ts";
import { millis, percent } from "../format.ts";
import { LiveStateMark } from "../live/LiveState.tsx";
import { useLive } from "../live/useLive.ts";
import { lastMinute, overTime, trafficOf } from "../live/windows.ts";
import { Section } from "../ui/parts.tsx";
import { latencies, tierShares } from "./series.ts";
import { Vitals } from "./Vitals.tsx";
import { Workspaces } from "./Workspaces.tsx";

export interface SystemCachePanelProps {
  readonly client: Client;
  /** For an application that has no `QueryClientProvider` around the panel. */
  readonly queryClient?: QueryClient | undefined;
}

export function SystemCachePanel({ queryClient, client }: SystemCachePanelProps) {
  const panel = <Panel client={client} />;
  return queryClient === undefined ? panel : <QueryClientProvider client={queryClient}>{panel}</QueryClientProvider>;
}

function Panel({ client }: { readonly client: Client }) {
  const live = useLive<SystemFigures>(client.systemLive);
  const summaries = overTime(live.history);
  const [shares, times] = [tierShares(summaries), latencies(summaries)];
  const cell = (value: number | null, written: (value: number) => string) => (value === null ? "—" : written(value));
  return (
    <div className="bc-root bc-panel bc-panel-system" data-testid="system-cache-panel">
      <Section title="Now" aside={<LiveStateMark state={live.state} />}>
        <Vitals figures={live.latest} minute={lastMinute(live.history)} />
      </Section>
      <div className="bc-pair">
        <Section title="Answers by tier">
          <Legend
            entries={[
              ["memory", "Memory"],
              ["redis", "Redis"],
              ["database", "Database"],
            ]}
          />
          <Chart
            label="Share of answers by tier over the last minutes"
            height="tall"
            isEmpty={shares.every(({ memory }) => memory === null)}
            testId="system-tier-chart"
            table={{
              head: ["Time", "Memory", "Redis", "Database"],
              rows: shares
                .slice(-5)
                .map(({ at, memory, redis, database }) => [
                  at,
                  ...[memory, redis, database].map((share) => cell(share, percent)),
                ]),
            }}
          >
            <TierPicture points={shares} />
          </Chart>
        </Section>
        <Section title="Response times">
          <Legend
            entries={[
              ["series-1", "Median"],
              ["series-2", "99th percentile"],
            ]}
          />
          <Chart
            label="Response times over the last minutes"
            height="tall"
            isEmpty={times.every(({ p50 }) => p50 === null)}
            testId="system-latency-chart"
            table={{
              head: ["Time", "Median", "99th percentile"],
              rows: times.slice(-5).map(({ at, p50, p99 }) => [at, cell(p50, millis), cell(p99, millis)]),
            }}
          >
            <LatencyPicture points={times} />
          </Chart>
        </Section>
      </div>
      <Workspaces client={client} traffic={trafficOf(live.history)} />
    </div>
  );
}
