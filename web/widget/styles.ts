// The launcher's looks. Rules of the host's page end at the shadow root; `!important` on `:host` wins over theirs.

/** The sheet of a launcher: `side` is where it stands, `accent` a checked colour, `ink` what is readable on it. */
export function stylesOf(side: "left" | "right", accent: string, ink: string): string {
  return `
:host {
  all: initial !important;
  position: fixed !important;
  ${side}: max(20px, env(safe-area-inset-${side})) !important;
  bottom: max(20px, env(safe-area-inset-bottom)) !important;
  z-index: 2147483000 !important;
  display: block !important;
  color-scheme: light dark !important;
}
* { box-sizing: border-box; }
button, a { font: 500 15px/1.4 system-ui, sans-serif; -webkit-tap-highlight-color: transparent; }
.launcher {
  position: relative;
  display: grid;
  place-items: center;
  width: 60px;
  height: 60px;
  margin: 0;
  padding: 0;
  border: 0;
  border-radius: 50%;
  background: ${accent};
  color: ${ink};
  cursor: pointer;
  box-shadow: 0 2px 6px rgb(0 0 0 / .16), 0 10px 28px rgb(0 0 0 / .22);
  transition: transform .18s ease, box-shadow .18s ease;
}
.launcher:hover { transform: translateY(-2px); box-shadow: 0 4px 10px rgb(0 0 0 / .18), 0 14px 34px rgb(0 0 0 / .26); }
.launcher:active { transform: none; }
:focus-visible { outline: 3px solid ${accent}; outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
.launcher svg { width: 28px; height: 28px; grid-area: 1 / 1; transition: opacity .18s ease, transform .18s ease; }
.launcher .cross, .open .launcher .bubble { opacity: 0; transform: rotate(-40deg) scale(.6); }
.open .launcher .cross { opacity: 1; transform: none; }
.badge {
  position: absolute;
  top: -4px;
  right: -4px;
  min-width: 24px;
  height: 24px;
  padding: 0 6px;
  border: 2px solid #fff;
  border-radius: 12px;
  background: #c4122f;
  color: #fff;
  font: 600 12px/20px system-ui, sans-serif;
  text-align: center;
}
.news { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none !important; }
.panel {
  position: absolute;
  ${side}: 0;
  bottom: 76px;
  width: 400px;
  height: min(660px, calc(100vh - 116px));
  height: min(660px, calc(100dvh - 116px));
  overflow: hidden;
  border-radius: 18px;
  background: #fff;
  color: #14171f;
  box-shadow: 0 0 0 1px rgb(0 0 0 / .06), 0 8px 20px rgb(0 0 0 / .12), 0 24px 64px rgb(0 0 0 / .24);
  visibility: hidden;
  opacity: 0;
  transform: translateY(12px) scale(.985);
  transform-origin: bottom ${side};
  transition: opacity .18s ease, transform .18s ease, visibility 0s .18s;
}
.open .panel { visibility: visible; opacity: 1; transform: none; transition-delay: 0s; }
iframe { display: block; width: 100%; height: 100%; border: 0; background: transparent; }
.trouble {
  position: absolute;
  inset: 0;
  display: flex;
  flex-direction: column;
  align-items: center;
  justify-content: center;
  gap: 16px;
  padding: 32px;
  background: inherit;
  font: 16px/1.5 system-ui, sans-serif;
  text-align: center;
}
.trouble p { margin: 0; }
.trouble button, .trouble a {
  display: inline-flex;
  align-items: center;
  min-height: 44px;
  padding: 0 20px;
  border: 1px solid currentColor;
  border-radius: 22px;
  background: none;
  color: inherit;
  text-decoration: none;
  cursor: pointer;
}
@media (prefers-color-scheme: dark) {
  .panel { background: #14161b; color: #eceef2; box-shadow: 0 0 0 1px rgb(255 255 255 / .12), 0 24px 64px rgb(0 0 0 / .6); }
  .badge { border-color: #14161b; }
}
@media (max-width: 480px) {
  .panel { position: fixed; inset: 0; width: auto; height: auto; border-radius: 0; }
  .open .launcher { visibility: hidden; }
}
@media (prefers-reduced-motion: reduce) {
  .launcher, .launcher svg, .panel { transition: none; }
}
@media print {
  :host { display: none !important; }
}`;
}
