// What the tag on the host's page asks for.
import { colourOf } from "./accent";
import { originOf, parsed } from "./protocol";

/** The launcher's settings; what is passed on to the frame stays as it was written, and is checked there. */
export interface Options {
  channel: string;
  /** Origin of the script, so of the server. */
  origin: string;
  position: "left" | "right";
  lang: string | null;
  accent: string | null;
  ask: string | null;
}

const CHANNEL = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The settings of a tag, or in words why there is no launcher. */
export function optionsOf(data: DOMStringMap, src: string): Options | string {
  const origin = originOf(parsed(src)?.origin);
  if (!origin) return "the script must be loaded over http or https from the server that has the chat.";
  const channel = data.channel?.trim();
  if (!channel) return 'data-channel is missing. Write <script src="…/widget.js" data-channel="CHANNEL_ID" defer>.';
  if (!CHANNEL.test(channel)) return `data-channel="${channel}" is no channel's id.`;
  return {
    channel,
    origin,
    position: data.position === "left" ? "left" : "right",
    lang: data.lang || null,
    accent: colourOf(data.accent),
    ask: data.ask || null,
  };
}

/** Address of the page in the frame, which learns here whose page it stands on. */
export function frameAddress(options: Options, host: string): string {
  const url = new URL(`/webchat/${options.channel}`, options.origin);
  url.searchParams.set("embedded", "1");
  url.searchParams.set("host", host);
  for (const name of ["lang", "accent", "ask"] as const) {
    const value = options[name];
    if (value) url.searchParams.set(name, value);
  }
  return url.href;
}

/** Address of the same chat in a window of its own. */
export function windowAddress(options: Options): string {
  const url = new URL(frameAddress(options, options.origin));
  url.searchParams.delete("embedded");
  url.searchParams.delete("host");
  return url.href;
}
