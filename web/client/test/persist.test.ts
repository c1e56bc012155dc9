import { QueryClient, QueryObserver } from "@tanstack/query-core";
import { expect, onTestFinished, test } from "vitest";
import { createClient, queriesOf } from "../src/index.ts";
import { keepAcrossReloads } from "../src/persist.ts";
import { board, eventually, serve } from "./server.ts";

class MemoryStorage implements Storage {
  readonly #items = new Map<string, string>();
  get length() {
    return this.#items.size;
  }
  clear = () => this.#items.clear();
  getItem = (key: string) => this.#items.get(key) ?? null;
  key = (index: number) => [...this.#items.keys()][index] ?? null;
  removeItem = (key: string) => void this.#items.delete(key);
  setItem = (key: string, value: string) => void this.#items.set(key, value);
}

async function load(storage: Storage, userId: string, workspaceId = "15213") {
  const queryClient = new QueryClient();
  onTestFinished(() => queryClient.clear());
  const kept = keepAcrossReloads(queryClient, { storage, userId, workspaceId });
  await kept.restored;
  return { queryClient, kept };
}

async function shown(queryClient: QueryClient) {
  const server = await serve(board);
  const client = createClient({ edgeUrl: server.url, workspaceId: "15213", getToken: () => "t" });
  const query = queriesOf(client).boardContacts({ boardId: "b" });
  const observer = new QueryObserver(queryClient, query);
  onTestFinished(observer.subscribe(() => undefined));
  await eventually(() => expect(observer.getCurrentResult().isSuccess).toBe(true));
  return query.queryKey;
}

test("what is shown survives a reload", async () => {
  const storage = new MemoryStorage();
  const before = await load(storage, "ada");
  const queryKey = await shown(before.queryClient);
  before.kept.stop();
  const after = await load(storage, "ada");
  expect(after.queryClient.getQueryData(queryKey)?.pagination.total).toBe(101);
});

test.each([
  ["user", "bob", "15213"],
  ["workspace", "ada", "15214"],
])("another %s finds nothing, and what was kept is gone", async (_, userId, workspaceId) => {
  const storage = new MemoryStorage();
  const before = await load(storage, "ada");
  await shown(before.queryClient);
  before.kept.stop();
  expect(storage.length).toBe(1);
  const after = await load(storage, userId, workspaceId);
  expect(after.queryClient.getQueryCache().getAll()).toHaveLength(0);
  expect(JSON.stringify(storage.getItem("boardcache:queries"))).not.toContain("Ada");
});

test("signing out removes what is kept", async () => {
  const storage = new MemoryStorage();
  const { queryClient, kept } = await load(storage, "ada");
  await shown(queryClient);
  kept.wipe();
  expect(storage.length).toBe(0);
});
