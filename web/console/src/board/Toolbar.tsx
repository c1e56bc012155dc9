// What is shown of a board: which board, filter, column, order, and what is searched for.

import type { SortField } from "@boardcache/client";
import { useEffect, useState } from "react";
import { ArrowIcon, RefreshIcon, SearchIcon } from "../app/icons.tsx";
import type { Named } from "./directory.ts";
import { FILTERS, type Selection, SORTS } from "./selection.ts";

export function Toolbar({
  selection,
  boards,
  columns,
  isRefreshing,
  onChange,
  onRefresh,
}: {
  readonly selection: Selection;
  readonly boards: readonly Named[];
  readonly columns: readonly Named[];
  readonly isRefreshing: boolean;
  readonly onChange: (selection: Selection) => void;
  readonly onRefresh: () => void;
}) {
  const [term, setTerm] = useState(selection.search ?? "");
  // A link or the way back may search for something else.
  useEffect(() => {
    setTerm((typed) => (typed.trim() === (selection.search ?? "").trim() ? typed : (selection.search ?? "")));
  }, [selection.search]);
  const { boardId, filter, columnId, sortBy, sortOrder } = selection;
  const isAscending = sortOrder === "asc";
  return (
    <search className="toolbar">
      <label className="search">
        <span className="bc-hidden">Search by name, e-mail or phone</span>
        <SearchIcon />
        <input
          className="bc-input"
          type="search"
          placeholder="Search name, e-mail, phone"
          maxLength={200}
          value={term}
          data-testid="search-input"
          onChange={({ target }) => {
            setTerm(target.value);
            onChange({ ...selection, search: target.value.trim() === "" ? undefined : target.value });
          }}
        />
      </label>
      {boards.length > 1 && (
        <select
          className="bc-select"
          aria-label="Board"
          value={boardId}
          data-testid="board-select"
          onChange={({ target }) => onChange({ ...selection, boardId: target.value, columnId: undefined })}
        >
          {boards.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
      <select
        className="bc-select"
        aria-label="Filter"
        value={filter}
        data-testid="filter-select"
        onChange={({ target }) => onChange({ ...selection, filter: target.value as Selection["filter"] })}
      >
        {FILTERS.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      {columns.length > 0 && (
        <select
          className="bc-select"
          aria-label="Column"
          value={columnId ?? ""}
          data-testid="column-select"
          onChange={({ target }) =>
            onChange({ ...selection, columnId: target.value === "" ? undefined : target.value })
          }
        >
          <option value="">All columns</option>
          {columns.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
      <div className="sort">
        <select
          className="bc-select"
          aria-label="Sort by"
          value={sortBy}
          data-testid="sort-select"
          onChange={({ target }) => onChange({ ...selection, sortBy: target.value as SortField })}
        >
          {SORTS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="icon-button"
          aria-label={isAscending ? "Ascending. Sort descending" : "Descending. Sort ascending"}
          data-testid="sort-order"
          data-order={sortOrder}
          onClick={() => onChange({ ...selection, sortOrder: isAscending ? "desc" : "asc" })}
        >
          <ArrowIcon up={isAscending} />
        </button>
      </div>
      <button
        type="button"
        className="icon-button refresh"
        aria-label="Read again what is shown"
        data-testid="refresh"
        data-busy={isRefreshing}
        onClick={onRefresh}
      >
        <RefreshIcon />
      </button>
    </search>
  );
}
