// One contact: what is known of it, its messages, and its way to another column.

import type { Contact, ContactPageRequest } from "@boardcache/client";
import { Failure, format, Notice } from "@boardcache/react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { CloseIcon } from "../app/icons.tsx";
import { PHONE, useMedia } from "../app/media.ts";
import type { Workspace } from "../app/workspace.ts";
import type { Config } from "../config.ts";
import type { Session } from "../session/session.ts";
import { moment } from "./ContactRow.tsx";
import type { Named } from "./directory.ts";
import { Messages } from "./Messages.tsx";
import { useMove } from "./move.ts";
import { PageMark } from "./PageMark.tsx";

export interface DrawerProps {
  readonly workspace: Workspace;
  readonly config: Config;
  readonly session: Session;
  readonly listed: Contact;
  /** The page that it was opened from: the one to look at after a move. */
  readonly page: ContactPageRequest;
  readonly columns: readonly Named[];
  readonly onClose: () => void;
}

export function Drawer(props: DrawerProps) {
  const { workspace, listed, onClose } = props;
  const isPhone = useMedia(PHONE);
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const query = workspace.queries.contact(listed.id);
  const details = useQuery(query);
  const contact = details.data?.contact ?? listed;

  // On a phone it covers everything and is modal; beside the list it is not, so that the list can be watched.
  useEffect(() => {
    const element = dialog.current;
    if (isPhone) element?.showModal();
    else element?.show();
    return () => element?.close();
  }, [isPhone]);

  return (
    <dialog
      ref={dialog}
      className="drawer"
      aria-labelledby={heading}
      data-testid="contact-drawer"
      onCancel={onClose}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <header className="drawer-head">
        <div>
          <h2 id={heading}>{contact.name}</h2>
          <span className="bc-id">{contact.id}</span>
        </div>
        <button type="button" className="icon-button" aria-label="Close" data-testid="drawer-close" onClick={onClose}>
          <CloseIcon />
        </button>
      </header>
      <div className="drawer-body">
        {details.isError && <Failure error={details.error} retry={() => void details.refetch()} />}
        <Facts contact={contact} />
        {details.data !== undefined && (
          <p className="drawer-mark">
            <PageMark
              testId="contact-badge"
              state={{ page: 0, cache: details.data._cache, answeredAt: details.dataUpdatedAt }}
            />
          </p>
        )}
        <Move {...props} contact={contact} />
        <Messages workspace={workspace} contactId={listed.id} />
      </div>
    </dialog>
  );
}

function Facts({ contact }: { readonly contact: Contact }) {
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    ["E-mail", contact.email],
    ["Phone", contact.phone],
    ["Status", contact.status],
    ["Priority", contact.priority],
    ["Assigned to", contact.assigned_to],
    ["Last activity", contact.last_activity_at && moment(contact.last_activity_at)],
  ];
  return (
    <dl className="facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value || "—"}</dd>
        </div>
      ))}
    </dl>
  );
}

function Move({ workspace, config, session, contact, page, columns }: DrawerProps & { readonly contact: Contact }) {
  const { state, move } = useMove(workspace, config, session);
  const [target, setTarget] = useState<string>();
  const here = contact.board_column_id ?? "";
  const isMoving = state.step === "writing" || state.step === "waiting";
  const chosen = target ?? here;
  if (config.restUrl === null) {
    return <p className="bc-about">Contacts cannot be moved here: the console is not connected to a database.</p>;
  }
  if (columns.length === 0) return null;
  return (
    <form
      className="move"
      onSubmit={(event) => {
        event.preventDefault();
        void move(contact.id, chosen, page);
      }}
    >
      <label>
        Column
        <select
          className="bc-select"
          value={chosen}
          disabled={isMoving}
          data-testid="move-select"
          onChange={({ target: { value } }) => setTarget(value)}
        >
          {!columns.some(({ id }) => id === here) && <option value={here}>{here === "" ? "None" : here}</option>}
          {columns.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="bc-button" disabled={isMoving || chosen === here} data-testid="move-submit">
        {isMoving ? "Moving…" : "Move"}
      </button>
      <MoveResult state={state} />
    </form>
  );
}

function MoveResult({ state }: { readonly state: ReturnType<typeof useMove>["state"] }) {
  if (state.step === "idle") return null;
  const common = { "data-testid": "move-result", "data-step": state.step };
  switch (state.step) {
    case "writing":
      return <Notice {...common}>Writing…</Notice>;
    case "waiting":
      return <Notice {...common}>Written in {format.millis(state.moved.tookMs)}. Reading the page again…</Notice>;
    case "failed":
      return (
        <Notice {...common} tone="bad">
          {state.problem}
        </Notice>
      );
    case "fresh":
      return (
        <Notice
          {...common}
          tone="good"
          data-status={state.cache.status}
          data-generation={state.moved.generation ?? state.cache.generation}
        >
          <span>
            Moved in {format.millis(state.moved.tookMs)}. The old page cannot be served any more; the new one came from{" "}
            {state.cache.source === "database" ? "the database" : format.source(state.cache.source)} (
            {state.cache.status}) {format.millis(state.afterMs)} later.
          </span>
        </Notice>
      );
  }
}
