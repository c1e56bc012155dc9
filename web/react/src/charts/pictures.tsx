// The pictures themselves. This module brings the charting library: import it lazily.
//
// Colours are the style sheet's custom properties, so that they follow the theme without being drawn again.

import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  CartesianGrid,
  LabelList,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { millis, percent } from "../format.ts";
import { decades, steps } from "./scale.ts";

const TICK = { fill: "var(--bc-text-3)", fontSize: 11 } as const;
const GRID = { stroke: "var(--bc-line)", vertical: false } as const;
const MARGIN = { top: 8, right: 28, bottom: 0, left: 0 } as const;
const TOOLTIP = {
  contentStyle: {
    background: "var(--bc-raised)",
    border: "1px solid var(--bc-line-strong)",
    borderRadius: 6,
    fontSize: 12,
    padding: "6px 10px",
  },
  labelStyle: { color: "var(--bc-text-2)" },
  itemStyle: { color: "var(--bc-text)", padding: 0 },
  cursor: { stroke: "var(--bc-line-strong)", fill: "var(--bc-hover)" },
  isAnimationActive: false,
} as const;

/** A point of time: how far it lies back, and the shares or times at it. */
export interface TierPoint {
  readonly at: string;
  readonly memory: number | null;
  readonly redis: number | null;
  readonly database: number | null;
}

export interface LatencyPoint {
  readonly at: string;
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface RatePoint {
  readonly at: string;
  readonly hitRate: number | null;
}

export interface PerformanceBar {
  readonly name: string;
  readonly database: number;
  readonly cold: number;
  readonly warm: number;
}

const asTime = (at: unknown) => new Date(String(at)).toLocaleTimeString("en-GB");

const asShare = (share: number) => `${Math.round(share * 100)}%`;
const asMillis = (ms: number) => `${ms} ms`;

const times = (
  <XAxis
    dataKey="at"
    tickFormatter={asTime}
    tick={TICK}
    tickLine={false}
    axisLine={false}
    minTickGap={56}
    height={24}
  />
);

const shares = (
  <YAxis
    domain={[0, 1]}
    ticks={[0, 0.5, 1]}
    tickFormatter={asShare}
    tick={TICK}
    width={48}
    axisLine={false}
    tickLine={false}
  />
);

/** Which tier answered, as shares of all answers. */
export function TierPicture({ points }: { readonly points: readonly TierPoint[] }) {
  return (
    <ResponsiveContainer width="100%" height="100%">
      <AreaChart data={points as TierPoint[]} margin={MARGIN} accessibilityLayer={false}>
        <CartesianGrid {...GRID} />
        {times}
        {shares}
        <Tooltip {...TOOLTIP} labelFormatter={asTime} formatter={(share) => percent(Number(share))} />
        {(["memory", "redis", "database"] as const).map((tier) => (
          <Area
            key={tier}
            name={tier === "redis" ? "Redis" : tier}
            dataKey={tier}
            stackId="tiers"
            type="monotone"
            stroke={`var(--bc-tier-${tier})`}
            fill={`var(--bc-tier-${tier})`}
            fillOpacity={0.55}
            isAnimationActive={false}
          />
        ))}
      </AreaChart>
    </ResponsiveContainer>
  );
}

/** On a logarithmic scale: a hit and a miss are apart by a hundred times and more, and both are to be seen. */
export function LatencyPicture({ points }: { readonly points: readonly LatencyPoint[] }) {
  const ticks = decades(points.flatMap(({ p50, p99 }) => [p50, p99]).filter((ms) => ms !== null));
  return (
    <ResponsiveContainer width="100%" height="100%">
      <LineChart data={points as LatencyPoint[]} margin={MARGIN} accessibilityLayer={false}>
        <CartesianGrid {...GRID} />
        {times}
        <YAxis
          scale="log"
          domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
          ticks={ticks}
          allowDataOverflow
          tickFormatter={asMillis}
          tick={TICK}
          width={60}
          axisLine={false}
          tickLine={false}
        />
        <Tooltip {...TOOLTIP} labelFormatter={asTime} formatter={(ms) => millis(Number(ms))} />
        <Line
          name="median"
          dataKey="p50"
          stroke="var(--bc-series-1)"
          strokeWidth={2}
          dot={false}
          isAnimationActive={false}
        />
        <Line
          name="p99"
          dataKey="p99"
          stroke="var(--bc-series-2)"
          strokeWidth={2}
          dot={false}
          isAnimationActive={false}
        />
      </LineChart>
    </ResponsiveContainer>
  );
}

export function RatePicture({ points }: { readonly points: readonly RatePoint[] }) {
  return (
    <ResponsiveContainer width="100%" height="100%">
      <AreaChart data={points as RatePoint[]} margin={MARGIN} accessibilityLayer={false}>
        <CartesianGrid {...GRID} />
        {times}
        {shares}
        <Tooltip {...TOOLTIP} labelFormatter={asTime} formatter={(share) => percent(Number(share))} />
        <Area
          name="hit rate"
          dataKey="hitRate"
          type="monotone"
          stroke="var(--bc-series-1)"
          strokeWidth={2}
          fill="var(--bc-series-1)"
          fillOpacity={0.12}
          isAnimationActive={false}
        />
      </AreaChart>
    </ResponsiveContainer>
  );
}

/** Times of reading from the database, through an empty cache and through a filled one. */
export function PerformancePicture({ bars }: { readonly bars: readonly PerformanceBar[] }) {
  const label = {
    position: "right",
    formatter: (ms: unknown) => millis(Number(ms)),
    fill: "var(--bc-text-2)",
    fontSize: 11,
  } as const;
  const ticks = steps(Math.max(...bars.flatMap(({ database, cold, warm }) => [database, cold, warm])));
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart
        data={bars as PerformanceBar[]}
        layout="vertical"
        margin={{ ...MARGIN, right: 64, left: bars.length > 1 ? 0 : 16 }}
        accessibilityLayer={false}
      >
        <CartesianGrid stroke="var(--bc-line)" horizontal={false} />
        <XAxis
          type="number"
          domain={[0, ticks.at(-1) ?? 1]}
          ticks={ticks}
          tickFormatter={asMillis}
          tick={TICK}
          tickLine={false}
          axisLine={false}
        />
        <YAxis
          type="category"
          dataKey="name"
          tick={TICK}
          width={bars.length > 1 ? 88 : 0}
          hide={bars.length === 1}
          axisLine={false}
          tickLine={false}
        />
        <Tooltip {...TOOLTIP} formatter={(ms) => millis(Number(ms))} />
        {(
          [
            ["database", "database", "var(--bc-tier-database)"],
            ["cold", "empty cache", "var(--bc-tier-redis)"],
            ["warm", "filled cache", "var(--bc-tier-memory)"],
          ] as const
        ).map(([key, name, colour]) => (
          <Bar
            key={key}
            dataKey={key}
            name={name}
            fill={colour}
            radius={2}
            maxBarSize={22}
            minPointSize={2}
            isAnimationActive={false}
          >
            <LabelList {...label} dataKey={key} />
          </Bar>
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}
