// The read-your-writes token: `tag=generation` members, separated by commas. A member without a tag is a floor for every tag.
//
// Tokens merge by maximum, so that they may come late, twice and in any order. What is held is bounded as the API bounds it; of too many
// members the newest stay, since those are the ones that a cache may not have heard of yet.

const MAX_MEMBERS = 64;
const MAX_LENGTH = 4096;
const MEMBER = /^(?:([a-z]+(?::[A-Za-z0-9_-]{1,64})?)=)?(\d{1,16})$/;

function* membersOf(token: string): Generator<[tag: string, generation: number]> {
  for (const member of token.split(",")) {
    const [matched, tag = "", digits] = MEMBER.exec(member.trim()) ?? [];
    if (matched !== undefined) yield [tag, Number(digits)];
  }
}

export class Generations {
  readonly #byTag = new Map<string, number>();

  /** Takes in a token. Whether anything of it was news. What is not of the grammar is skipped. */
  merge(token: string | null | undefined): boolean {
    let isNews = false;
    for (const [tag, generation] of membersOf(token ?? "")) {
      if (generation <= (this.#byTag.get(tag) ?? 0)) continue;
      this.#byTag.set(tag, generation);
      isNews = true;
    }
    return isNews;
  }

  /** The token to send; undefined where there is nothing to say. */
  token(): string | undefined {
    const newestFirst = [...this.#byTag].sort(([, one], [, other]) => other - one).slice(0, MAX_MEMBERS);
    let token = "";
    for (const [tag, generation] of newestFirst) {
      const member = tag === "" ? `${generation}` : `${tag}=${generation}`;
      if (token.length + member.length + 1 > MAX_LENGTH) break;
      token += token === "" ? member : `,${member}`;
    }
    return token === "" ? undefined : token;
  }

  /** Forgets what a token says; what was taken in since it was made stays. */
  drop(token: string): void {
    for (const [tag, generation] of membersOf(token)) if (this.#byTag.get(tag) === generation) this.#byTag.delete(tag);
  }

  clear(): void {
    this.#byTag.clear();
  }
}
