import { QueryClient } from "@tanstack/query-core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { expectTypeOf, test } from "vitest";
import { type BoardcacheError, type ContactPage, createClient, queriesOf } from "../src/index.ts";

const getToken = () => "t";
const client = createClient({ edgeUrl: "", workspaceId: "15213", getToken });
const queries = queriesOf(client);

test("a missing workspace does not compile", () => {
  // @ts-expect-error: no workspaceId
  createClient({ edgeUrl: "", getToken });
  // @ts-expect-error: a workspace is a text
  createClient({ edgeUrl: "", getToken, workspaceId: 15213 });
  // @ts-expect-error: undefined is no workspace
  createClient({ edgeUrl: "", getToken, workspaceId: undefined });
});

test("a wrong filter, sort field or order does not compile", () => {
  queries.boardContacts({ boardId: "b", filter: "unhappy_customers", sortBy: "last_activity_at", sortOrder: "asc" });
  // @ts-expect-error: no such filter
  queries.boardContacts({ boardId: "b", filter: "opened" });
  // @ts-expect-error: no such filter, of the client as well
  void client.contacts({ boardId: "b", filter: "opened" });
  // @ts-expect-error: no such field
  queries.boardContactsInfinite({ boardId: "b", sortBy: "email" });
  // @ts-expect-error: no such order
  queries.search({ boardId: "b", term: "x", sortOrder: "descending" });
  // @ts-expect-error: no such parameter
  queries.boardContacts({ boardId: "b", columnID: "c" });
  // @ts-expect-error: no board
  queries.boardContacts({ page: 1 });
});

test("a setting that is not one does not compile", () => {
  void client.saveSettings({ features: { contactLists: false }, cacheConfig: { contactsTTL: 60 } });
  // @ts-expect-error: no such feature
  void client.saveSettings({ features: { contacts: false } });
  // @ts-expect-error: a lifetime is a number of seconds
  void client.saveSettings({ cacheConfig: { contactsTTL: "60s" } });
});

test("TanStack Query knows what comes, and what can go wrong", () => {
  const page = () => useQuery(queries.boardContacts({ boardId: "b" }));
  expectTypeOf<ReturnType<typeof page>["data"]>().toEqualTypeOf<ContactPage | undefined>();
  expectTypeOf<ReturnType<typeof page>["error"]>().toEqualTypeOf<BoardcacheError | null>();
  const list = () => useInfiniteQuery(queries.boardContactsInfinite({ boardId: "b" }));
  expectTypeOf<NonNullable<ReturnType<typeof list>["data"]>["pages"]>().toEqualTypeOf<ContactPage[]>();
  const known = new QueryClient().getQueryData(queries.boardContacts({ boardId: "b" }).queryKey);
  expectTypeOf(known).toEqualTypeOf<ContactPage | undefined>();
});

test("what is passed through is unknown until it is looked at", () => {
  expectTypeOf<ContactPage["contacts"][number]["id"]>().toEqualTypeOf<string>();
  expectTypeOf<ContactPage["_cache"]["status"]>().toEqualTypeOf<"HIT" | "MISS" | "STALE" | "BYPASS">();
});
