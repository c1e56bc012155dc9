// What goes wrong, with what is needed to react to it. The one error class of this package.

import type { ErrorCode } from "./types.ts";

/** A code of the API, or one for what never became an answer of it. */
export type FailureCode = ErrorCode | "network_error" | "bad_answer";

export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly field?: string | undefined;
  readonly retryAfterSecs?: number | undefined;
  readonly requestId?: string | undefined;
}

export class BoardcacheError extends Error {
  override readonly name = "BoardcacheError";
  readonly code: FailureCode;
  /** The status of the answer; 0 where there was none. */
  readonly status: number;
  /** The parameter, header or member of the body that is to blame. */
  readonly field: string | undefined;
  /** When to come again, in seconds, if the answer said so. */
  readonly retryAfterSecs: number | undefined;
  /** What to find the request by in the logs. */
  readonly requestId: string | undefined;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.code = failure.code;
    this.status = failure.status;
    this.field = failure.field;
    this.retryAfterSecs = failure.retryAfterSecs;
    this.requestId = failure.requestId;
  }

  /** Whether the same request may succeed later: nothing was wrong with it. */
  get isRetryable(): boolean {
    return this.code === "network_error" || this.status === 429 || this.status >= 502;
  }
}

/** The error of an answer that is not a success. */
export async function failureOf(response: Response): Promise<BoardcacheError> {
  const body: unknown = await response.json().catch(() => undefined);
  const error = (body as { error?: Partial<Record<"code" | "message" | "field", string>> } | undefined)?.error;
  const retryAfter = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new BoardcacheError({
    code: (error?.code as ErrorCode | undefined) ?? "bad_answer",
    message: error?.message ?? `the server answered ${response.status}`,
    status: response.status,
    field: error?.field,
    retryAfterSecs: Number.isFinite(retryAfter) ? retryAfter : undefined,
    requestId: response.headers.get("X-Request-ID") ?? undefined,
  });
}
