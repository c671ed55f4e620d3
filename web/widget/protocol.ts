// What launcher and frame say to each other by postMessage. Both sides name the other's origin exactly and check who speaks.

/** The frame's words: it is there; so many answers wait; the visitor wants to close it. */
export type FrameSays = { switchboard: "ready" } | { switchboard: "unread"; count: number } | { switchboard: "close" };

/** The launcher's words: the frame can be seen now, or no longer. */
export type LauncherSays = { switchboard: "shown" } | { switchboard: "hidden" };

/** Who is listened to. */
export interface Peer {
  origin: string;
  source: MessageEventSource | null;
}

type Heard = Pick<MessageEvent<unknown>, "data" | "origin" | "source">;

/** An address taken apart; `null` where it is none. (`URL.canParse` is younger than some visitors' browsers.) */
export function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** The origin that a text is, letter by letter; `null` for anything else, an address with a path too. */
export function originOf(text: string | null | undefined): string | null {
  const url = text ? parsed(text) : null;
  return url && (url.protocol === "https:" || url.protocol === "http:") && url.origin === text ? text : null;
}

function wordOf(event: Heard, peer: Peer): Record<string, unknown> | null {
  if (!peer.source || event.source !== peer.source || event.origin !== peer.origin) return null;
  return typeof event.data === "object" && event.data !== null ? (event.data as Record<string, unknown>) : null;
}

/** What the frame said; `null` where it was somebody else, or nothing that is known. */
export function heardFromFrame(event: Heard, frame: Peer): FrameSays | null {
  const word = wordOf(event, frame);
  switch (word?.switchboard) {
    case "ready":
    case "close":
      return { switchboard: word.switchboard };
    case "unread": {
      const { count } = word;
      return typeof count === "number" && Number.isInteger(count) && count >= 0
        ? { switchboard: "unread", count }
        : null;
    }
    default:
      return null;
  }
}

/** What the launcher said; `null` where it was somebody else, or nothing that is known. */
export function heardFromLauncher(event: Heard, launcher: Peer): LauncherSays | null {
  const word = wordOf(event, launcher);
  return word?.switchboard === "shown" || word?.switchboard === "hidden" ? { switchboard: word.switchboard } : null;
}
