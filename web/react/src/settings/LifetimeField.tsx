// A lifetime: a number, its unit, and what is wrong with it.

import { useId } from "react";
import { read, type TypedLifetime, type Unit } from "./lifetime.ts";

export function LifetimeField({
  name,
  label,
  value,
  disabled,
  onChange,
}: {
  readonly name: string;
  readonly label: string;
  readonly value: TypedLifetime;
  readonly disabled: boolean;
  readonly onChange: (value: TypedLifetime) => void;
}) {
  const problemId = useId();
  const result = read(value);
  return (
    <div className="bc-lifetime">
      <div className="bc-lifetime-inputs">
        <input
          className="bc-input"
          inputMode="decimal"
          aria-label={`${label}: lifetime`}
          aria-invalid={!result.ok}
          aria-describedby={problemId}
          value={value.text}
          disabled={disabled}
          data-testid={`ttl-${name}`}
          onChange={({ target }) => onChange({ ...value, text: target.value })}
        />
        <select
          className="bc-select"
          aria-label={`${label}: unit`}
          value={value.unit}
          disabled={disabled}
          data-testid={`ttl-unit-${name}`}
          onChange={({ target }) => onChange({ ...value, unit: target.value as Unit })}
        >
          <option value="s">seconds</option>
          <option value="min">minutes</option>
          <option value="h">hours</option>
        </select>
      </div>
      <p className="bc-problem" id={problemId} aria-live="polite">
        {result.ok ? "" : result.problem}
      </p>
    </div>
  );
}
