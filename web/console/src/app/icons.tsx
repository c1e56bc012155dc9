// The console's few pictures. They say nothing that the words beside them do not.

import type { ReactNode } from "react";

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const BoardIcon = () => (
  <Icon>
    <path d="M2 3.5h12M2 8h12M2 12.5h12" />
  </Icon>
);

export const SettingsIcon = () => (
  <Icon>
    <path d="M2 4.5h6m4 0h2M2 11.5h2m4 0h6" />
    <circle cx="10" cy="4.5" r="2" />
    <circle cx="6" cy="11.5" r="2" />
  </Icon>
);

export const SystemIcon = () => (
  <Icon>
    <path d="M1.5 9h3l2-5.5 3 9 2-5.5h3" />
  </Icon>
);

export const ThemeIcon = ({ theme }: { readonly theme: "light" | "dark" }) =>
  theme === "dark" ? (
    <Icon>
      <circle cx="8" cy="8" r="3" />
      <path d="M8 1v1.5m0 11V15M1 8h1.5m11 0H15M3 3l1.1 1.1m7.8 7.8L13 13M13 3l-1.1 1.1M4.1 11.9 3 13" />
    </Icon>
  ) : (
    <Icon>
      <path d="M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z" />
    </Icon>
  );

export const RefreshIcon = () => (
  <Icon>
    <path d="M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 1.8v2.9h-2.9" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m3.5 3.5 9 9m0-9-9 9" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.5" />
    <path d="m10.5 10.5 3.5 3.5" />
  </Icon>
);

export const ArrowIcon = ({ up }: { readonly up: boolean }) => (
  <Icon>{up ? <path d="M8 13V3M4 7l4-4 4 4" /> : <path d="M8 3v10m-4-4 4 4 4-4" />}</Icon>
);
