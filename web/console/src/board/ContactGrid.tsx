// The list: a grid of all contacts of a board, of which only what is on screen exists.
//
// The grid has the focus and says which row is active (`aria-activedescendant`); that row is always rendered, so that a screen reader finds it. Rows are
// counted over the whole board, so that it is known to have 191,663 although some thirty exist.

import type { Contact } from "@boardcache/client";
import { Failure, format } from "@boardcache/react";
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import type { Workspace } from "../app/workspace.ts";
import { COLUMNS, ContactRow } from "./ContactRow.tsx";
import { PageMark, type PageState } from "./PageMark.tsx";
import { PER_PAGE, pageOf, usePages } from "./pages.ts";
import type { Selection } from "./selection.ts";

/** Browsers draw nothing beyond some 16 million pixels; beyond this many rows a board is to be filtered. */
export const MOST_ROWS = 350_000;
const PAGE_LINE_HEIGHT = 30;
const SORTED = { asc: "ascending", desc: "descending" } as const;
/** Rows beyond the screen on either side. A key or a wheel's notch goes farther anyway. */
const OVERSCAN = 4;

export interface ContactGridProps {
  readonly workspace: Workspace;
  readonly selection: Selection;
  readonly total: number;
  readonly rowHeight: number;
  readonly headHeight: number;
  readonly label: string;
  readonly columnName: (columnId: string | null | undefined) => string;
  readonly onOpen: (contact: Contact, page: number) => void;
  /** Told when another page is at the top, or when what is known of it changes. */
  readonly onTop: (state: PageState, isFetching: boolean) => void;
  /** A page to go to, from 1; a new object for each time. */
  readonly goTo: { readonly page: number } | undefined;
}

export function ContactGrid(props: ContactGridProps) {
  const { workspace, selection, rowHeight, headHeight, columnName, onOpen, onTop, goTo } = props;
  const rows = Math.min(props.total, MOST_ROWS);
  const grid = useRef<HTMLDivElement>(null);
  const id = useId();
  const [active, setActive] = useState(0);

  const virtualizer = useVirtualizer({
    count: rows,
    getScrollElement: () => grid.current,
    estimateSize: (index) => (index % PER_PAGE === 0 ? rowHeight + PAGE_LINE_HEIGHT : rowHeight),
    overscan: OVERSCAN,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    rangeExtractor: useCallback(
      (range: Range) => {
        const shown = defaultRangeExtractor(range);
        if (active >= range.count) return shown;
        if (active < (shown[0] ?? 0)) return [active, ...shown];
        return active > (shown.at(-1) ?? 0) ? [...shown, active] : shown;
      },
      [active],
    ),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are computed anew when rows become higher
  useEffect(() => virtualizer.measure(), [rowHeight, virtualizer]);

  const items = virtualizer.getVirtualItems();
  // Rows that leave the screen become those that enter it: elements are used again rather than made.
  const pool = Math.ceil((virtualizer.scrollRect?.height ?? 0) / rowHeight) + 2 * OVERSCAN + 2;
  const { startIndex = 0, endIndex = 0 } = virtualizer.range ?? {};
  // The head lies over the rows that are first in the range.
  const top =
    virtualizer.getVirtualItemForOffset((virtualizer.scrollOffset ?? 0) + headHeight + 1)?.index ?? startIndex;
  const topPage = pageOf(top);
  const pages = usePages(workspace, selection, topPage, pageOf(Math.max(top, Math.min(endIndex, rows - 1))));

  const isApart = (index: number) => index < startIndex - OVERSCAN || index > endIndex + OVERSCAN;

  const { cache, answeredAt, isPaused } = pages.stateOf(topPage);
  const { isFetching } = pages;
  // Told before it is drawn: the badge must never be of another list than the one below it.
  useLayoutEffect(() => {
    onTop({ page: topPage, cache, answeredAt, isPaused }, isFetching);
  }, [onTop, topPage, cache, answeredAt, isPaused, isFetching]);

  const go = useCallback(
    (index: number, align: "auto" | "start" = "auto") => {
      const row = Math.max(0, Math.min(rows - 1, index));
      setActive(row);
      virtualizer.scrollToIndex(row, { align });
    },
    [rows, virtualizer],
  );
  useEffect(() => {
    if (goTo !== undefined) go((goTo.page - 1) * PER_PAGE, "start");
  }, [goTo, go]);

  const pagesNow = useRef(pages);
  useEffect(() => {
    pagesNow.current = pages;
  });
  const open = useCallback(
    (index: number) => {
      setActive(index);
      const contact = pagesNow.current.contactAt(index);
      if (contact !== undefined) onOpen(contact, pageOf(index));
    },
    [onOpen],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey || event.target !== event.currentTarget) return;
    const screen = Math.max(1, Math.floor(((grid.current?.clientHeight ?? 0) - headHeight) / rowHeight) - 1);
    const target = targetOf(event.key, active, screen, rows);
    if (target !== undefined) go(target);
    else if (event.key === "Enter" || event.key === " ") open(active);
    else return;
    event.preventDefault();
  };

  return (
    <>
      {pages.failure !== undefined && (
        <Failure error={pages.failure.error} retry={pages.failure.retry} testId="board-error" />
      )}
      <div
        ref={grid}
        role="grid"
        className="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={props.total + 1}
        aria-colcount={COLUMNS.length}
        aria-activedescendant={rows > 0 ? `${id}-${active}` : undefined}
        aria-busy={isFetching}
        data-testid="board-grid"
        onKeyDown={onKeyDown}
      >
        <div role="rowgroup" className="grid-head">
          <div role="row" aria-rowindex={1} className="row row-head">
            {COLUMNS.map(({ name, sortBy }, column) => (
              <div
                key={name}
                role="columnheader"
                aria-colindex={column + 1}
                aria-sort={sortBy === selection.sortBy ? SORTED[selection.sortOrder] : undefined}
                className={`cell cell-${column}`}
              >
                {name}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="grid-body" style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start, size }) => {
            const contact = pages.contactAt(index);
            return (
              <div
                key={isApart(index) ? "active" : index % pool}
                role="presentation"
                className="item"
                style={{ height: size, transform: `translateY(${start - headHeight}px)` }}
              >
                {index % PER_PAGE === 0 && (
                  <div className="page-line" aria-hidden="true">
                    <span>
                      Page {format.count(pageOf(index))}
                      <span className="page-line-rows">
                        rows {format.count(index + 1)} to {format.count(Math.min(index + PER_PAGE, props.total))}
                      </span>
                    </span>
                    <PageMark state={pages.stateOf(pageOf(index))} testId="page-header" />
                  </div>
                )}
                <ContactRow
                  id={`${id}-${index}`}
                  index={index}
                  contact={contact}
                  columnName={columnName(contact?.board_column_id)}
                  isActive={index === active}
                  onOpen={open}
                />
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

/** The row that a key goes to; undefined for a key that goes nowhere. */
export function targetOf(key: string, active: number, screen: number, rows: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return active + 1;
    case "ArrowUp":
      return active - 1;
    case "PageDown":
      return active + screen;
    case "PageUp":
      return active - screen;
    case "Home":
      return 0;
    case "End":
      return rows - 1;
    default:
      return undefined;
  }
}
