// The messages of a contact, newest first, as many as somebody wants to see.

import { Failure, Skeleton } from "@boardcache/react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Workspace } from "../app/workspace.ts";
import { PageMark } from "./PageMark.tsx";

const PER_PAGE = 20;
const TIME = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

export function Messages({ workspace, contactId }: { readonly workspace: Workspace; readonly contactId: string }) {
  const [page, setPage] = useState(1);
  const messages = useQuery({
    ...workspace.queries.messages({ contactId, page, perPage: PER_PAGE }),
    placeholderData: (before) => before,
  });
  const { data } = messages;
  return (
    <section className="messages" aria-labelledby="messages-heading" data-testid="messages">
      <header className="messages-head">
        <h3 id="messages-heading">Messages</h3>
        {data !== undefined && (
          <PageMark testId="messages-badge" state={{ page, cache: data._cache, answeredAt: messages.dataUpdatedAt }} />
        )}
      </header>
      {messages.isPending && <Skeleton lines={4} label="Loading the messages" />}
      {messages.isError && <Failure error={messages.error} retry={() => void messages.refetch()} />}
      {data?.messages.length === 0 && <p className="bc-about">No messages yet.</p>}
      <ol>
        {data?.messages.map(({ id, direction, channel, body, created_at }) => (
          <li key={id} className="message" data-direction={direction} data-testid="message">
            <p className="message-head">
              {direction === "inbound" ? "Received" : "Sent"} by {channel}
              <time dateTime={created_at}>{TIME.format(new Date(created_at))}</time>
            </p>
            <p className="message-body">{body}</p>
          </li>
        ))}
      </ol>
      {data !== undefined && data.pagination.total_pages > 1 && (
        <nav className="messages-foot" aria-label="Pages of messages">
          <button type="button" className="bc-button" disabled={page === 1} onClick={() => setPage(page - 1)}>
            Newer
          </button>
          <span>
            {page} of {data.pagination.total_pages}
          </span>
          <button
            type="button"
            className="bc-button"
            disabled={page >= data.pagination.total_pages}
            onClick={() => setPage(page + 1)}
          >
            Older
          </button>
        </nav>
      )}
    </section>
  );
}
