// One contact in the list. Rendered for what is on screen, and again only when what it shows has changed.

import type { Contact, SortField } from "@boardcache/client";
import { memo } from "react";

/** What is shown of a contact, and by what of it a list can be sorted. */
export const COLUMNS: readonly { readonly name: string; readonly sortBy?: SortField }[] = [
  { name: "Name", sortBy: "name" },
  { name: "Status" },
  { name: "Priority", sortBy: "priority" },
  { name: "Column" },
  { name: "Last activity", sortBy: "last_activity_at" },
];

export interface ContactRowProps {
  readonly id: string;
  readonly index: number;
  readonly contact: Contact | undefined;
  readonly columnName: string;
  readonly isActive: boolean;
  readonly onOpen: (index: number) => void;
}

export const ContactRow = memo(function ContactRow({
  id,
  index,
  contact,
  columnName,
  isActive,
  onOpen,
}: ContactRowProps) {
  return (
    <div
      role="row"
      id={id}
      className="row"
      aria-rowindex={index + 2}
      data-testid="contact-row"
      data-index={index}
      data-active={isActive}
      data-loaded={contact !== undefined}
      data-contact-id={contact?.id}
      data-column-id={contact?.board_column_id}
      onClick={() => onOpen(index)}
    >
      {contact === undefined ? <LoadingCells /> : <Cells contact={contact} columnName={columnName} />}
    </div>
  );
});

function LoadingCells() {
  return COLUMNS.map(({ name }, column) => (
    <div key={name} role="gridcell" aria-colindex={column + 1} className={`cell cell-${column}`}>
      <span className="wait">{column === 0 && <span className="bc-hidden">Loading</span>}</span>
    </div>
  ));
}

function Cells({ contact, columnName }: { readonly contact: Contact; readonly columnName: string }) {
  const { name, email, status, priority, last_activity_at: active } = contact;
  return (
    <>
      <div role="gridcell" aria-colindex={1} className="cell cell-0">
        <span className="name">{name}</span>
        {email != null && <span className="email">{email}</span>}
      </div>
      <div role="gridcell" aria-colindex={2} className="cell cell-1">
        <span className="status" data-status={status}>
          {status}
        </span>
      </div>
      <div role="gridcell" aria-colindex={3} className="cell cell-2" data-priority={priority}>
        {priority}
      </div>
      <div role="gridcell" aria-colindex={4} className="cell cell-3">
        {columnName}
      </div>
      <div role="gridcell" aria-colindex={5} className="cell cell-4">
        {active == null ? "—" : moment(active)}
      </div>
    </>
  );
}

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

export function moment(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? "—" : DAY.format(time);
}
