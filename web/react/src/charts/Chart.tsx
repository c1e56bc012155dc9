// A chart: a picture for those who see it, a table for those who do not, and room kept for it until the library is here.

import { type ReactNode, Suspense } from "react";

export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function Chart({
  label,
  table,
  height,
  isEmpty = false,
  testId,
  children,
}: {
  readonly label: string;
  readonly table: ChartTable;
  readonly height: "short" | "tall";
  /** Whether there is nothing to draw yet. */
  readonly isEmpty?: boolean;
  readonly testId: string;
  readonly children: ReactNode;
}) {
  return (
    <figure className="bc-chart" data-testid={testId}>
      <div className="bc-chart-picture" data-height={height} aria-hidden="true">
        {isEmpty ? (
          <div className="bc-chart-empty">No reads while this was watched</div>
        ) : (
          <Suspense fallback={<div className="bc-chart-wait" />}>{children}</Suspense>
        )}
      </div>
      <figcaption className="bc-hidden">
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              {table.head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row) => (
              <tr key={row[0]}>
                {row.map((cell, column) => (
                  <td key={table.head[column]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </figcaption>
    </figure>
  );
}
