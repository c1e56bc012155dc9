// Which page is at the top, where it came from, and the way to another.

import { format } from "@boardcache/react";
import { type FormEvent, useEffect, useState } from "react";
import { ageSecs, PageMark, type PageState } from "./PageMark.tsx";

export function PageBar({
  top,
  total,
  pages,
  onGoTo,
}: {
  readonly top: PageState | undefined;
  readonly total: number | undefined;
  readonly pages: number;
  readonly onGoTo: (page: number) => void;
}) {
  const [typed, setTyped] = useState<string>();
  const go = (event: FormEvent) => {
    event.preventDefault();
    const page = Number(typed);
    if (Number.isInteger(page) && page >= 1) onGoTo(Math.min(page, pages));
    setTyped(undefined);
  };
  return (
    <div className="page-bar">
      <p className="total" data-testid="total-count" data-total={total}>
        {total === undefined ? "…" : format.counted(total, "contact", "contacts")}
      </p>
      {top !== undefined && <PageMark state={top} testId="page-badge" />}
      <form className="go-to" hidden={pages === 0} onSubmit={go}>
        <label>
          Page{" "}
          <input
            className="bc-input"
            inputMode="numeric"
            data-testid="go-to-page"
            value={typed ?? String(top?.page ?? 1)}
            onChange={({ target }) => setTyped(target.value)}
            onBlur={() => setTyped(undefined)}
          />
        </label>{" "}
        of {format.count(pages)}
      </form>
      <Announcement top={top} pages={pages} />
    </div>
  );
}

const SETTLE_MS = 700;

/** Tells those who do not see it, once the scrolling has come to rest. */
function Announcement({ top, pages }: { readonly top: PageState | undefined; readonly pages: number }) {
  const [text, setText] = useState("");
  useEffect(() => {
    if (top?.cache === undefined) return;
    const { page, cache } = top;
    const timer = setTimeout(() => {
      const age = format.duration(ageSecs(top, Date.now()));
      setText(`Page ${page} of ${pages}: ${cache.status}, from ${format.source(cache.source)}, ${age} old`);
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [top, pages]);
  return (
    <p className="bc-hidden" role="status">
      {text}
    </p>
  );
}
