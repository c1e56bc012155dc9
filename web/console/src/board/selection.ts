// Which contacts of which board, as it stands in the address.

import type { ContactFilter, ContactSelection, SortField, SortOrder } from "@boardcache/client";

export interface Selection extends ContactSelection {
  readonly boardId: string;
  readonly filter: ContactFilter;
  readonly sortBy: SortField;
  readonly sortOrder: SortOrder;
}

export const FILTERS: readonly (readonly [ContactFilter, string])[] = [
  ["all", "All contacts"],
  ["open", "Open"],
  ["closed", "Closed"],
  ["unassigned", "Unassigned"],
  ["assigned_to_me", "Assigned to me"],
  ["needs_response", "Needs response"],
  ["follow_up", "Follow-up"],
  ["high_priority", "High priority"],
  ["medium_priority", "Medium priority"],
  ["low_priority", "Low priority"],
  ["favorites", "Favourites"],
  ["recent_activity", "Active in the last 7 days"],
  ["new_customers", "New customers"],
  ["unhappy_customers", "Unhappy customers"],
  ["archived", "Archived"],
];

export const SORTS: readonly (readonly [SortField, string])[] = [
  ["created_at", "Created"],
  ["updated_at", "Updated"],
  ["last_activity_at", "Last activity"],
  ["name", "Name"],
  ["priority", "Priority"],
];

const LONGEST_SEARCH = 200;

/** What the address says; anything that it cannot say is as if it were not there. */
export function selectionOf(parameters: URLSearchParams, firstBoard: string): Selection {
  const word = <Word extends string>(name: string, words: readonly (readonly [Word, string])[], otherwise: Word) =>
    words.find(([known]) => known === parameters.get(name))?.[0] ?? otherwise;
  const search = (parameters.get("search") ?? "").slice(0, LONGEST_SEARCH);
  return {
    boardId: parameters.get("board") ?? firstBoard,
    filter: word("filter", FILTERS, "all"),
    sortBy: word("sort", SORTS, "created_at"),
    sortOrder: parameters.get("order") === "asc" ? "asc" : "desc",
    columnId: parameters.get("column") ?? undefined,
    search: search.trim() === "" ? undefined : search,
  };
}

/** The address that says it; what is the default is left out. */
export function parametersOf(selection: Selection): Record<string, string | undefined> {
  const { boardId, filter, sortBy, sortOrder, columnId, search } = selection;
  return {
    board: boardId,
    filter: filter === "all" ? undefined : filter,
    sort: sortBy === "created_at" ? undefined : sortBy,
    order: sortOrder === "desc" ? undefined : sortOrder,
    column: columnId,
    search,
  };
}

/** The parameters of a list that are not its page. What is the default is left out, so that the edge knows it by the key that others use. */
export function listOf({ boardId, filter, search, ...rest }: Selection) {
  return { boardId, ...rest, filter: filter === "all" ? undefined : filter, search: search?.trim() };
}
