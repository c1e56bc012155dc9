// The pages that are on screen, and no others: a page that is scrolled past before it has settled is never asked for, and one that is on its
// way when it is scrolled past is cancelled.

import type { Contact, ContactPage } from "@boardcache/client";
import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import type { Workspace } from "../app/workspace.ts";
import type { PageState } from "./PageMark.tsx";
import { listOf, type Selection } from "./selection.ts";

/** As many as a page can have: the fewest requests for a screen. */
export const PER_PAGE = 100;
/** How long a page must stay in view before it is asked for, in milliseconds. */
const SETTLE_MS = 60;

export function pageOf(index: number): number {
  return Math.floor(index / PER_PAGE) + 1;
}

export function pageQuery({ queries }: Workspace, selection: Selection, page: number, settleMs = SETTLE_MS) {
  return queries.boardContacts(requestOf(selection, page), { settleMs });
}

export function requestOf(selection: Selection, page: number) {
  return { ...listOf(selection), page, perPage: PER_PAGE };
}

export interface Pages {
  readonly contactAt: (index: number) => Contact | undefined;
  readonly stateOf: (page: number) => PageState;
  readonly failure: { readonly error: unknown; readonly retry: () => void } | undefined;
  readonly isFetching: boolean;
}

export function usePages(workspace: Workspace, selection: Selection, first: number, last: number): Pages {
  const wanted = Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  const results = useQueries({ queries: wanted.map((page) => pageQuery(workspace, selection, page)) });
  const of = (page: number): UseQueryResult<ContactPage> | undefined => results[page - first];
  const failed = results.find((result) => result.isError && result.data === undefined);
  return {
    contactAt: (index) => of(pageOf(index))?.data?.contacts[index % PER_PAGE],
    stateOf: (page) => {
      const result = of(page);
      return {
        page,
        cache: result?.data?._cache,
        answeredAt: result?.dataUpdatedAt ?? 0,
        isPaused: result?.isPaused ?? false,
      };
    },
    failure: failed && { error: failed.error, retry: () => void failed.refetch() },
    isFetching: results.some((result) => result.isFetching),
  };
}
