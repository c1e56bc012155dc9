import "@fontsource-variable/inter/wght.css";
import "@boardcache/react/styles.css";
import "./styles/console.css";
import { Notice } from "@boardcache/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { applyStoredTheme } from "./app/theme.ts";
import { loadConfig } from "./config.ts";
import { Gate } from "./session/Gate.tsx";

applyStoredTheme();
const element = document.getElementById("root");
if (element === null) throw new Error("the page has no #root");
element.className = "bc-root";
const root = createRoot(element);

loadConfig().then(
  (config) =>
    root.render(
      <StrictMode>
        <Gate config={config}>
          {(signedIn) => <App key={signedIn.session.userId} config={config} signedIn={signedIn} />}
        </Gate>
      </StrictMode>,
    ),
  () =>
    root.render(
      <main className="sign-in">
        <Notice tone="bad">The console cannot start: its config.json cannot be read.</Notice>
      </main>,
    ),
);
