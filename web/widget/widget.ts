// The one tag that a page needs: <script src="https://inbox.example/widget.js" data-channel="CHANNEL_ID" defer></script>
import { Launcher } from "./launcher";
import { optionsOf } from "./options";

/** What the host's own scripts may use. */
type Handle = Pick<Launcher, "open" | "close" | "on">;

declare global {
  interface Window {
    Switchboard?: Handle;
  }
}

function start(): void {
  const tag = document.currentScript;
  if (!(tag instanceof HTMLScriptElement)) {
    console.error("Switchboard: widget.js is a classic script; load it with a plain <script src> tag.");
    return;
  }
  if (window.Switchboard) {
    console.error("Switchboard: widget.js is on this page twice; the first tag is used.");
    return;
  }
  const options = optionsOf(tag.dataset, tag.src);
  if (typeof options === "string") {
    console.error(`Switchboard: ${options}`);
    return;
  }
  const launcher = new Launcher(options);
  window.Switchboard = {
    open: () => launcher.open(),
    close: () => launcher.close(),
    on: (event, listener) => launcher.on(event, listener),
  };
}

start();
