// What the colours of a chart mean. The charts' own legends cannot be read by a screen reader, and this one can.

export function Legend({ entries }: { readonly entries: readonly (readonly [colour: string, name: string])[] }) {
  return (
    <ul className="bc-legend">
      {entries.map(([colour, name]) => (
        <li key={name} data-colour={colour}>
          {name}
        </li>
      ))}
    </ul>
  );
}
