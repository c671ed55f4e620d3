// The button at the corner of the host's page and the frame that it opens, in a shadow root of their own.
import { ACCENT, inkOn } from "./accent";
import { frameAddress, type Options, windowAddress } from "./options";
import { heardFromFrame, type LauncherSays } from "./protocol";
import { stylesOf } from "./styles";
import { type Words, wordsOf } from "./words";

/** A frame that has not spoken by then was refused by its policy, or is out of reach. */
const SILENCE_MS = 10_000;
const SVG = "http://www.w3.org/2000/svg";
const BUBBLE =
  "M12 3c5 0 9 3.4 9 7.7s-4 7.7-9 7.7c-1 0-2-.1-2.9-.4L4.5 20.5l.9-4.1C3.9 14.9 3 12.9 3 10.7 3 6.400 7 3 12 3z";
const CROSS = "M6 6l12 12M18 6L6 18";

type Listener = (count: number) => void;

/** Makes an element with attributes and what is in it. */
function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function icon(name: string, path: string, filled: boolean): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  const paint = filled ? { fill: "currentColor" } : { fill: "none", stroke: "currentColor", "stroke-width": "2.25" };
  for (const [key, value] of Object.entries({ d: path, "stroke-linecap": "round", ...paint })) {
    line.setAttribute(key, value);
  }
  for (const [key, value] of Object.entries({ class: name, viewBox: "0 0 24 24", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  svg.append(line);
  return svg;
}

export class Launcher {
  readonly #options: Options;
  readonly #words: Words;
  readonly #root: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #badge: HTMLElement;
  readonly #news: HTMLElement;
  readonly #panel: HTMLElement;
  readonly #listeners = new Set<Listener>();
  #frame: HTMLIFrameElement | null = null;
  #ready = false;
  #open = false;
  #unread = 0;

  /** Stands on the page from here on; the frame is loaded when it is first opened, or at once for who was here before. */
  constructor(options: Options) {
    this.#options = options;
    this.#words = wordsOf([options.lang ?? "", ...navigator.languages]);
    this.#badge = element("span", { class: "badge", "aria-hidden": "true", hidden: "" });
    this.#news = element("span", { class: "news", role: "status" });
    this.#button = element(
      "button",
      { type: "button", class: "launcher", "aria-expanded": "false", "aria-controls": "panel" },
      icon("bubble", BUBBLE, true),
      icon("cross", CROSS, false),
      this.#badge,
    );
    this.#panel = element("div", { id: "panel", class: "panel" });
    this.#root = element("div", {}, this.#button, this.#news, this.#panel);
    this.#button.addEventListener("click", () => (this.#open ? this.close() : this.open()));
    this.#root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#open) this.close();
    });
    window.addEventListener("message", (event) => this.#hear(event));
    this.#stand();
    this.#name();
    if (this.#wasHere()) this.#load();
  }

  /** Opens the chat and puts the focus into it. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    const frame = this.#load();
    this.#root.className = "open";
    this.#say({ switchboard: "shown" });
    frame.focus();
    this.#name();
    this.#remember();
  }

  /** Closes the chat; the focus returns to the button if it was within. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const within = this.#root.getRootNode();
    const focused = within instanceof ShadowRoot && within.activeElement !== null;
    this.#root.className = "";
    this.#say({ switchboard: "hidden" });
    this.#name();
    if (focused) this.#button.focus();
  }

  /** Tells of the number of answers that wait, each time it changes; gives what ends it. */
  on(event: "unread", listener: Listener): () => void {
    if (event !== "unread") throw new TypeError(`There is no event "${String(event)}", only "unread".`);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #stand(): void {
    const { position, accent } = this.#options;
    const colour = accent ?? ACCENT;
    const host = document.createElement("switchboard-chat");
    const shadow = host.attachShadow({ mode: "open" });
    // a sheet made here is under no `style-src` of the host, where an element or an attribute would be
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(stylesOf(position, colour, inkOn(colour)));
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#root);
    // beside the body: whatever moves or scales that leaves the launcher at its corner
    document.documentElement.append(host);
  }

  #load(): HTMLIFrameElement {
    if (this.#frame) return this.#frame;
    const frame = element("iframe", { title: this.#words.frame, src: frameAddress(this.#options, location.origin) });
    this.#frame = frame;
    this.#panel.replaceChildren(frame);
    frame.addEventListener("load", () => setTimeout(() => this.#doubt(frame), SILENCE_MS), { once: true });
    return frame;
  }

  #doubt(frame: HTMLIFrameElement): void {
    if (this.#ready || this.#frame !== frame) return;
    const again = element("button", { type: "button" }, this.#words.again);
    again.addEventListener("click", () => {
      this.#frame = null;
      this.#load().focus();
    });
    const href = windowAddress(this.#options);
    const link = element("a", { href, target: "_blank", rel: "noopener" }, this.#words.window);
    const said = element("p", { role: "alert" }, this.#words.refused);
    this.#panel.replaceChildren(element("div", { class: "trouble" }, said, again, link));
    console.warn(
      `Switchboard: the chat did not answer. Is ${location.origin} among the channel's allowedOrigins, ` +
        `is the channel there, and does this page's policy allow frame-src ${this.#options.origin}?`,
    );
  }

  #hear(event: MessageEvent): void {
    const source = this.#frame?.contentWindow ?? null;
    const word = heardFromFrame(event, { origin: this.#options.origin, source });
    if (word?.switchboard === "ready") {
      this.#ready = true;
      // what had the focus while the page within was loading was an empty one
      if (this.#open) this.#frame?.focus();
      this.#say({ switchboard: this.#open ? "shown" : "hidden" });
    } else if (word?.switchboard === "close") {
      this.close();
    } else if (word?.switchboard === "unread" && word.count !== this.#unread) {
      this.#unread = word.count;
      this.#name();
      for (const listener of this.#listeners) listener(word.count);
    }
  }

  #say(word: LauncherSays): void {
    if (this.#ready) this.#frame?.contentWindow?.postMessage(word, this.#options.origin);
  }

  /** The button's name and badge, as things stand. */
  #name(): void {
    const count = this.#open ? 0 : this.#unread;
    const name = this.#open ? this.#words.close : this.#words.open;
    this.#button.setAttribute("aria-label", count ? `${name}, ${this.#words.unread(count)}` : name);
    this.#button.setAttribute("aria-expanded", String(this.#open));
    this.#news.textContent = count ? this.#words.unread(count) : "";
    this.#badge.hidden = !count;
    this.#badge.textContent = count > 9 ? "9+" : String(count);
  }

  get #key(): string {
    return `switchboard.launcher.${this.#options.channel}`;
  }

  #wasHere(): boolean {
    try {
      return localStorage.getItem(this.#key) !== null;
    } catch {
      return false; // a page that may keep nothing: every visit is a first one
    }
  }

  #remember(): void {
    try {
      localStorage.setItem(this.#key, "1");
    } catch {
      // as above
    }
  }
}
