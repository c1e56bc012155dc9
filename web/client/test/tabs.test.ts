import { QueryClient, QueryObserver } from "@tanstack/query-core";
import { expect, onTestFinished, test } from "vitest";
import { createClient, queriesOf } from "../src/index.ts";
import { shareAcrossTabs } from "../src/tabs.ts";
import { board, eventually, serve } from "./server.ts";

function tab(url: string, userId: string) {
  const client = createClient({ edgeUrl: url, workspaceId: "15213", getToken: () => "t" });
  const queryClient = new QueryClient();
  onTestFinished(shareAcrossTabs(queryClient, client, userId));
  onTestFinished(() => queryClient.clear());
  const { queryKey } = queriesOf(client).boardContacts({ boardId: "b" });
  const read = () => queryClient.fetchQuery(queriesOf(client).boardContacts({ boardId: "b" }));
  const known = () => queryClient.getQueryData(queryKey);
  return { client, queryClient, read, known };
}

test("what one tab reads another has, and another user's tab has not", async () => {
  const server = await serve(board);
  const [one, two, other] = [tab(server.url, "ada"), tab(server.url, "ada"), tab(server.url, "bob")];
  await one.read();
  await eventually(() => expect(two.known()?.pagination.total).toBe(101));
  await two.read();
  expect(server.received).toHaveLength(1);
  expect(other.known()).toBeUndefined();
});

test("what one tab changes another reads again, and gets nothing older", async () => {
  const server = await serve(board);
  const [one, two] = [tab(server.url, "ada"), tab(server.url, "ada")];
  const observer = new QueryObserver(two.queryClient, queriesOf(two.client).boardContacts({ boardId: "b" }));
  onTestFinished(observer.subscribe(() => undefined));
  await eventually(() => expect(two.known()).toBeDefined());
  const before = server.received.length;
  one.client.remember("board:b=99");
  await eventually(() => expect(server.received.length).toBeGreaterThan(before));
  expect(server.received.at(-1)?.headers["x-cache-generation"]).toBe("board:b=99");
});
