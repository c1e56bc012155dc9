import { render, screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import { CacheSettingsPanel, SystemCachePanel } from "../src/index.ts";
import { figures, world } from "./world.tsx";

test("what is changed is saved, and nothing else is sent", async () => {
  const { client, queryClient, posts } = await world();
  render(<CacheSettingsPanel client={client} queryClient={queryClient} />);
  const lists = await screen.findByRole("switch", { name: "Contact lists" });
  const save = screen.getByTestId<HTMLButtonElement>("settings-save");
  expect([lists.getAttribute("aria-checked"), save.disabled]).toEqual(["true", true]);

  await userEvent.click(lists);
  await userEvent.click(save);
  await waitFor(() => expect(screen.getByTestId("settings-result").dataset.state).toBe("saved"));
  expect(posts("/settings").map(({ body }) => JSON.parse(body))).toEqual([{ features: { contactLists: false } }]);
  expect(lists.getAttribute("aria-checked")).toBe("false");
  expect(save.disabled).toBe(true);
});

test("a lifetime out of bounds is named and cannot be saved", async () => {
  const { client, queryClient, posts } = await world();
  render(<CacheSettingsPanel client={client} queryClient={queryClient} />);
  const field = await screen.findByRole("textbox", { name: "Search: lifetime" });
  await userEvent.clear(field);
  await userEvent.type(field, "25");
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Search: unit" }), "h");
  expect(screen.getByText("At most 24 hours.")).toBeTruthy();
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByTestId<HTMLButtonElement>("settings-save").disabled).toBe(true);

  await userEvent.clear(field);
  await userEvent.type(field, "2");
  await userEvent.click(screen.getByTestId("settings-save"));
  await waitFor(() => expect(posts("/settings")).toHaveLength(1));
  expect(JSON.parse(posts("/settings")[0]?.body ?? "")).toEqual({ cacheConfig: { searchTTL: 7200 } });
});

test("whoever may not manage sees the settings and can change none", async () => {
  const { client, queryClient } = await world();
  render(<CacheSettingsPanel client={client} queryClient={queryClient} canManage={false} />);
  await screen.findByTestId("settings-readonly");
  for (const control of screen.getAllByRole<HTMLButtonElement>("switch")) expect(control.disabled).toBe(true);
  expect(screen.queryByTestId("settings-save")).toBeNull();
  expect(screen.queryByTestId("invalidate")).toBeNull();
});

test("what the server refuses is told, and the change is still there to be tried again", async () => {
  const { client, queryClient } = await world({ mayManage: false });
  render(<CacheSettingsPanel client={client} queryClient={queryClient} />);
  await userEvent.click(await screen.findByRole("switch", { name: "Search" }));
  await userEvent.click(screen.getByTestId("settings-save"));
  const result = await screen.findByRole("alert");
  expect([result.dataset.state, result.textContent]).toEqual(["error", "You may not do this in this workspace."]);
  expect(screen.getByRole("switch", { name: "Search" }).getAttribute("aria-checked")).toBe("false");
});

test("the hit rate is live, and a Redis that goes away and comes back is told", async () => {
  const { client, queryClient, send } = await world();
  render(<CacheSettingsPanel client={client} queryClient={queryClient} />);
  await waitFor(() => expect(screen.getByTestId("hit-rate").textContent).toContain("91.9%"));
  const redis = () => screen.getByTestId("health").dataset.redis;
  expect(redis()).toBe("up");
  const quiet = {
    requests: 0,
    hits: 0,
    hitRate: null,
    byTier: { memory: 0, redis: 0, database: 0 },
    bypass: 0,
    p50Ms: null,
    p99Ms: null,
  };
  send({ ...figures, ...quiet, at: "2026-01-01T00:00:02Z", redisUp: false });
  await waitFor(() => expect(redis()).toBe("down"));
  expect(screen.getByTestId("hit-rate").textContent, "two quiet seconds change nothing").toContain("91.9%");
  expect(screen.getByTestId("health").textContent).toContain("Degraded");
  send({ ...figures, at: "2026-01-01T00:00:04Z" });
  await waitFor(() => expect(redis()).toBe("up"));
});

test("invalidating and warming say what they did", async () => {
  const { client, queryClient } = await world();
  render(<CacheSettingsPanel client={client} queryClient={queryClient} />);
  await userEvent.click(await screen.findByTestId("invalidate"));
  await waitFor(() =>
    expect(screen.getByTestId("action-result").textContent).toBe("1,234 entries dropped from the cache."),
  );
  await userEvent.click(screen.getByTestId("warm"));
  await waitFor(() =>
    expect(screen.getByTestId("action-result").textContent).toBe("5 entries of 1 board were read in 12.0 ms."),
  );
});

test("a performance test has a chart, and a table for those who do not see it", async () => {
  const { client, queryClient } = await world();
  render(<CacheSettingsPanel client={client} queryClient={queryClient} />);
  await userEvent.click(await screen.findByTestId("perf-run"));
  const result = await screen.findByTestId("perf-result");
  expect(result.textContent).toContain("A filled cache answers in 9.0 ms, the database in 90 ms: 10 times as fast.");
  const rows = within(screen.getByTestId("perf-chart")).getAllByRole("row");
  expect(rows.map((row) => row.textContent)).toEqual([
    "WayTime",
    "Database90 ms",
    "Empty cache95 ms",
    "Filled cache9.0 ms",
  ]);
});

test("of another workspace than the client's everything is asked for that one", async () => {
  const { client, queryClient, origin } = await world();
  render(<CacheSettingsPanel client={client} queryClient={queryClient} workspaceId="20771" />);
  await screen.findByRole("switch", { name: "Search" });
  expect(new Set(origin.received.map(({ headers }) => headers["x-workspace-id"]))).toEqual(new Set(["20771"]));
});

test("the system's figures say what is wrong", async () => {
  const { client, queryClient } = await world();
  render(<SystemCachePanel client={client} queryClient={queryClient} />);
  await waitFor(() => expect(screen.getByTestId("system-redis").dataset.state).toBe("down"));
  expect(screen.getByTestId("system-memory").textContent).toContain("1.5 MiB");
  expect(screen.getByTestId("system-outbox").textContent).toContain("the oldest for 1 min");
  await waitFor(() => expect(screen.getByTestId("system-workspace-15213").textContent).toContain("91.0%"));
});

test("a performance test over several workspaces goes on when one of them refuses", async () => {
  const { client, queryClient, posts } = await world();
  render(<SystemCachePanel client={client} queryClient={queryClient} />);
  await screen.findByTestId("system-workspaces");
  expect(screen.getByTestId<HTMLButtonElement>("system-perf-run").disabled).toBe(true);
  for (const box of screen.getAllByRole("checkbox")) await userEvent.click(box);
  await userEvent.click(screen.getByTestId("system-perf-run"));
  const result = await screen.findByTestId("system-perf-result");
  expect(posts("/test-performance").map(({ headers }) => headers["x-workspace-id"])).toEqual([
    "15213",
    "closed",
    "20771",
  ]);
  expect(
    within(result)
      .getAllByRole("row")
      .map((row) => row.firstChild?.textContent),
  ).toEqual(["Workspace", "15213", "20771"]);
  expect(screen.getByRole("alert").textContent).toContain("closed: You may not do this");
});
