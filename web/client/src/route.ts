// Edge or origin: where the next read goes.
//
// An edge that cannot be reached is left alone for a while, longer each time, so that not every read waits for it in vain. When the while is
// over, one read tries it again and the others go on to the origin until that one has come back.

/** Who answers at the moment. */
export type Route = "edge" | "origin";

/** What a read may do: rely on the edge, find out whether it is back, or leave it alone. */
export type Attempt = "rely" | "probe" | "skip";

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

export class EdgeReachability {
  #pauseMs = 0;
  #pausedUntil = 0;
  #isProbing = false;
  readonly #now: () => number;
  readonly #changed: (route: Route) => void;

  constructor(now: () => number, changed: (route: Route) => void) {
    this.#now = now;
    this.#changed = changed;
  }

  get route(): Route {
    return this.#pauseMs === 0 ? "edge" : "origin";
  }

  attempt(): Attempt {
    if (this.#pauseMs === 0) return "rely";
    if (this.#isProbing || this.#now() < this.#pausedUntil) return "skip";
    this.#isProbing = true;
    return "probe";
  }

  answered(attempt: Attempt): void {
    this.abandoned(attempt);
    if (this.#pauseMs === 0) return;
    this.#pauseMs = 0;
    this.#changed("edge");
  }

  failed(attempt: Attempt): void {
    this.abandoned(attempt);
    // Of many reads that were on their way when it went, the first says it all.
    if (this.#pauseMs !== 0 && attempt !== "probe") return;
    const isNews = this.#pauseMs === 0;
    this.#pauseMs = isNews ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#pausedUntil = this.#now() + this.#pauseMs;
    if (isNews) this.#changed("origin");
  }

  /** The read was cancelled: nothing was learned. */
  abandoned(attempt: Attempt): void {
    if (attempt === "probe") this.#isProbing = false;
  }
}
