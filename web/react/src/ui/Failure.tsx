// A failure in words for people, with the way on.

import { BoardcacheError } from "@boardcache/client";
import { Notice } from "./parts.tsx";

/** What to tell people of an error. */
export function explained(error: unknown): string {
  if (!(error instanceof BoardcacheError)) return "Something went wrong on this page.";
  switch (error.code) {
    case "network_error":
      return "The server cannot be reached. Check the connection.";
    case "forbidden":
      return "You may not do this in this workspace.";
    case "unauthorized":
    case "token_expired":
      return "Your session has ended. Sign in again.";
    case "rate_limited":
      return "Too many requests at once. Try again in a moment.";
    case "unavailable":
      return "The service is not available at the moment. Nothing was changed.";
    default:
      return error.field === undefined ? sentence(error.message) : `${error.field}: ${error.message}.`;
  }
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return text.endsWith(".") ? text : `${text}.`;
}

export function Failure({
  error,
  retry,
  testId = "failure",
}: {
  readonly error: unknown;
  readonly retry?: (() => void) | undefined;
  readonly testId?: string;
}) {
  const requestId = error instanceof BoardcacheError ? error.requestId : undefined;
  return (
    <Notice tone="bad" data-testid={testId}>
      <span>{explained(error)}</span>
      {requestId !== undefined && <code className="bc-request-id">{requestId}</code>}
      {retry !== undefined && (
        <button type="button" className="bc-button" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}
