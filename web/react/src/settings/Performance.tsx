// What the cache saves: measured now, on entries of its own.

import type { Client, PerformanceReport } from "@boardcache/client";
import { useMutation } from "@tanstack/react-query";
import { Chart } from "../charts/Chart.tsx";
import { Legend } from "../charts/Legend.tsx";
import { PerformancePicture } from "../charts/lazy.ts";
import { millis } from "../format.ts";
import { Failure } from "../ui/Failure.tsx";
import { Section } from "../ui/parts.tsx";

export const PERFORMANCE_LEGEND = [
  ["database", "Database"],
  ["redis", "Empty cache"],
  ["memory", "Filled cache"],
] as const;

export function Performance({ client }: { readonly client: Client }) {
  const test = useMutation({ mutationFn: () => client.testPerformance() });
  return (
    <Section
      title="Performance"
      aside={
        <button
          type="button"
          className="bc-button"
          disabled={test.isPending}
          data-testid="perf-run"
          onClick={() => test.mutate()}
        >
          {test.isPending ? "Measuring…" : "Run test"}
        </button>
      }
    >
      {test.isIdle && (
        <p className="bc-about">
          Reads the counts from the database, through an empty cache and through a filled one, and shows the medians.
        </p>
      )}
      {test.isError && <Failure error={test.error} retry={() => test.mutate()} />}
      {test.data !== undefined && <Report report={test.data} />}
    </Section>
  );
}

function Report({ report: { performance } }: { readonly report: PerformanceReport }) {
  const { standard, redisCold, redisWarm } = performance;
  const bars = [{ name: "", database: standard.timeMs, cold: redisCold.timeMs, warm: redisWarm.timeMs }];
  return (
    <div data-testid="perf-result">
      <p className="bc-lead">
        A filled cache answers in <strong>{millis(redisWarm.timeMs)}</strong>, the database in{" "}
        <strong>{millis(standard.timeMs)}</strong>
        {comparison(standard.timeMs, redisWarm.timeMs)}.
      </p>
      <Legend entries={PERFORMANCE_LEGEND} />
      <Chart
        label="Time to read the counts"
        height="short"
        testId="perf-chart"
        table={{
          head: ["Way", "Time"],
          rows: [
            ["Database", millis(standard.timeMs)],
            ["Empty cache", millis(redisCold.timeMs)],
            ["Filled cache", millis(redisWarm.timeMs)],
          ],
        }}
      >
        <PerformancePicture bars={bars} />
      </Chart>
    </div>
  );
}

/** How many times as fast, where that says something. */
function comparison(standardMs: number, warmMs: number): string {
  const times = standardMs / Math.max(warmMs, 0.01);
  if (times < 1.5) return "";
  if (times > 100) return ": more than 100 times as fast";
  return `: ${times >= 10 ? Math.round(times) : times.toFixed(1)} times as fast`;
}
