// Every workspace, what it asks for, and a performance test over those that are chosen.

import type { Client, PerformanceReport } from "@boardcache/client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Chart } from "../charts/Chart.tsx";
import { Legend } from "../charts/Legend.tsx";
import { PerformancePicture } from "../charts/lazy.ts";
import { count, counted, millis, percent } from "../format.ts";
import type { trafficOf } from "../live/windows.ts";
import { PERFORMANCE_LEGEND } from "../settings/Performance.tsx";
import { explained, Failure } from "../ui/Failure.tsx";
import { Notice, Section, Skeleton } from "../ui/parts.tsx";

type Traffic = ReturnType<typeof trafficOf>;

export function Workspaces({ client, traffic }: { readonly client: Client; readonly traffic: Traffic }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const workspaces = useQuery({
    queryKey: ["boardcache", "system", "workspaces"],
    queryFn: ({ signal }) => client.systemWorkspaces({ signal }),
    staleTime: 60_000,
  });
  const choose = (id: string, isChosen: boolean) => {
    const next = new Set(chosen);
    if (isChosen) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const known = workspaces.data?.workspaces ?? [];
  return (
    <Section title="Workspaces" aside={<span className="bc-about">{count(known.length)} in all</span>}>
      {workspaces.isPending && <Skeleton lines={4} label="Loading the workspaces" />}
      {workspaces.isError && <Failure error={workspaces.error} retry={() => void workspaces.refetch()} />}
      {workspaces.isSuccess && known.length === 0 && <p className="bc-about">There are no workspaces yet.</p>}
      {known.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className="bc-table-scroll" aria-label="Table of workspaces" tabIndex={0}>
          <table className="bc-table" data-testid="system-workspaces">
            <thead>
              <tr>
                <th scope="col">Test</th>
                <th scope="col">Workspace</th>
                <th scope="col">Caching</th>
                <th scope="col" className="bc-number">
                  Boards
                </th>
                <th scope="col" className="bc-number">
                  Reads
                </th>
                <th scope="col" className="bc-number">
                  Hit rate
                </th>
              </tr>
            </thead>
            <tbody>
              {known.map(({ workspaceId, name, cacheEnabled, boards }) => {
                const { requests = 0, hits = 0 } = traffic.get(workspaceId) ?? {};
                return (
                  <tr key={workspaceId} data-testid={`system-workspace-${workspaceId}`}>
                    <td>
                      <input
                        type="checkbox"
                        className="bc-check"
                        aria-label={`Include ${name} in the performance test`}
                        checked={chosen.has(workspaceId)}
                        onChange={({ target }) => choose(workspaceId, target.checked)}
                      />
                    </td>
                    <th scope="row">
                      {name} <span className="bc-id">{workspaceId}</span>
                    </th>
                    <td>{cacheEnabled ? "On" : "Off"}</td>
                    <td className="bc-number">{count(boards)}</td>
                    <td className="bc-number">{count(requests)}</td>
                    <td className="bc-number">{requests === 0 ? "—" : percent(hits / requests)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
      {known.length > 0 && (
        <ManyPerformance
          client={client}
          workspaceIds={known.map((one) => one.workspaceId).filter((id) => chosen.has(id))}
        />
      )}
    </Section>
  );
}

interface Outcome {
  readonly workspaceId: string;
  readonly report?: PerformanceReport;
  readonly problem?: string;
}

function ManyPerformance({
  client,
  workspaceIds,
}: {
  readonly client: Client;
  readonly workspaceIds: readonly string[];
}) {
  const test = useMutation({
    mutationFn: async () => {
      const outcomes: Outcome[] = [];
      // One after the other: side by side they would measure each other.
      for (const workspaceId of workspaceIds) {
        try {
          outcomes.push({ workspaceId, report: await client.forWorkspace(workspaceId).testPerformance() });
        } catch (error) {
          outcomes.push({ workspaceId, problem: explained(error) });
        }
      }
      return outcomes;
    },
  });
  const measured = (test.data ?? []).flatMap(({ workspaceId, report }) =>
    report === undefined ? [] : [{ workspaceId, ...report.performance }],
  );
  return (
    <>
      <div className="bc-maintenance">
        <p className="bc-about">
          {workspaceIds.length === 0
            ? "Choose workspaces to measure what the cache saves in each."
            : `Measures ${counted(workspaceIds.length, "workspace", "workspaces")}, one after the other.`}
        </p>
        <button
          type="button"
          className="bc-button"
          disabled={workspaceIds.length === 0 || test.isPending}
          data-testid="system-perf-run"
          onClick={() => test.mutate()}
        >
          {test.isPending ? "Measuring…" : "Run test"}
        </button>
      </div>
      {(test.data ?? []).map(({ workspaceId, problem }) =>
        problem === undefined ? null : (
          <Notice key={workspaceId} tone="bad">
            {workspaceId}: {problem}
          </Notice>
        ),
      )}
      {measured.length > 0 && (
        <div data-testid="system-perf-result">
          <Legend entries={PERFORMANCE_LEGEND} />
          <Chart
            label="Time to read the counts, by workspace"
            height={measured.length > 1 ? "tall" : "short"}
            testId="system-perf-chart"
            table={{
              head: ["Workspace", "Database", "Empty cache", "Filled cache"],
              rows: measured.map(({ workspaceId, standard, redisCold, redisWarm }) => [
                workspaceId,
                millis(standard.timeMs),
                millis(redisCold.timeMs),
                millis(redisWarm.timeMs),
              ]),
            }}
          >
            <PerformancePicture
              bars={measured.map(({ workspaceId, standard, redisCold, redisWarm }) => ({
                name: workspaceId,
                database: standard.timeMs,
                cold: redisCold.timeMs,
                warm: redisWarm.timeMs,
              }))}
            />
          </Chart>
        </div>
      )}
    </>
  );
}
