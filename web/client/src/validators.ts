// The last answer to each address, for `If-None-Match`. Bounded: the one that was used longest ago goes first.

/** An answer and its entity tag. */
export interface Validated {
  readonly etag: string;
  readonly data: unknown;
}

export class Validators {
  readonly #entries = new Map<string, Validated>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(address: string): Validated | undefined {
    const entry = this.#entries.get(address);
    if (entry !== undefined) {
      // A map keeps the order of insertion: what was used last stands last.
      this.#entries.delete(address);
      this.#entries.set(address, entry);
    }
    return entry;
  }

  set(address: string, entry: Validated): void {
    this.#entries.delete(address);
    this.#entries.set(address, entry);
    if (this.#entries.size > this.#capacity) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  clear(): void {
    this.#entries.clear();
  }
}
