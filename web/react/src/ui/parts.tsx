// The small parts that panels are made of. They know nothing of caching.

import { type ReactNode, useId } from "react";

/** A panel's section with its heading. */
export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  const heading = useId();
  return (
    <section className="bc-section" aria-labelledby={heading}>
      <header className="bc-section-head">
        <h2 className="bc-heading" id={heading}>
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** A switch, named by its label. */
export function Switch({
  checked,
  disabled = false,
  labelledBy,
  describedBy,
  onChange,
  testId,
}: {
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly labelledBy: string;
  readonly describedBy?: string | undefined;
  readonly onChange: (checked: boolean) => void;
  readonly testId: string;
}) {
  return (
    <button
      type="button"
      role="switch"
      className="bc-switch"
      aria-checked={checked}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      disabled={disabled}
      data-testid={testId}
      onClick={() => onChange(!checked)}
    />
  );
}

/** One figure and what it is. */
export function Figure({
  label,
  value,
  note,
  tone,
  ...data
}: {
  readonly label: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
  readonly tone?: "good" | "bad" | undefined;
  readonly [attribute: `data-${string}`]: string | number | boolean | undefined;
}) {
  return (
    <div className="bc-figure" data-tone={tone} {...data}>
      <dt>{label}</dt>
      <dd>
        <span className="bc-figure-value">{value}</span>
        {note !== undefined && <span className="bc-figure-note">{note}</span>}
      </dd>
    </div>
  );
}

/** Something that the reader should know. Problems are told at once, the rest when there is a pause. */
export function Notice({
  tone = "plain",
  children,
  ...data
}: {
  readonly tone?: "plain" | "good" | "warning" | "bad";
  readonly children: ReactNode;
  readonly [attribute: `data-${string}`]: string | undefined;
}) {
  return (
    <div className="bc-notice" data-tone={tone} role={tone === "bad" ? "alert" : "status"} {...data}>
      {children}
    </div>
  );
}

/** What stands where something is being loaded: as large, so that nothing jumps. */
export function Skeleton({ lines, label }: { readonly lines: number; readonly label: string }) {
  return (
    <div className="bc-skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines without content are told apart by nothing else
        <span key={line} />
      ))}
    </div>
  );
}
