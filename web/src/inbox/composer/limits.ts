// What a network takes: how long a text may be, which files, and how many messages several files become.
import type { Attachment, Network } from "../../api/types";

/** UTF-16 units that are left, which is how networks count and what a string's length is; negative: too long. */
export function roomLeft(network: Network | undefined, text: string, note: boolean): number {
  return network && !note ? network.textLimit - text.length : Number.POSITIVE_INFINITY;
}

/** From here on the room that is left is shown. */
export const isShort = (left: number, network: Network | undefined) =>
  Boolean(network) && left < Math.min(200, (network?.textLimit ?? 0) / 10);

/** What the server makes of a file that is sent without a type. */
export function kindOf(mimeType: string): string {
  if (mimeType === "image/svg+xml") return "document";
  if (mimeType.startsWith("image/")) return "image";
  if (mimeType.startsWith("video/")) return "video";
  if (mimeType === "audio/ogg") return "voice";
  return mimeType.startsWith("audio/") ? "audio" : "document";
}

type FileCheck = { as: string } | { refused: "type" | "size" | "none"; most?: number };

/** As what a file may be sent; what is no good as itself may still be good as a document. */
export function checkFile(network: Network | undefined, file: { type: string; size: number }): FileCheck {
  if (!network) return { as: kindOf(file.type) };
  if (network.files.length === 0) return { refused: "none" };
  const rule = (kind: string) => network.files.find(({ type }) => type === kind);
  const takes = (kind: string) => {
    const types = rule(kind)?.mimeTypes ?? [];
    return (
      types.length === 0 ||
      types.some((type) => type === file.type || (type.endsWith("/*") && file.type.startsWith(type.slice(0, -1))))
    );
  };
  const kinds = [...new Set([kindOf(file.type), "document"])].filter((kind) => rule(kind));
  const fits = kinds.find((kind) => takes(kind) && file.size <= (rule(kind)?.maxBytes ?? 0));
  if (fits) return { as: fits };
  const tooLarge = kinds.filter(takes);
  if (tooLarge.length === 0) return { refused: "type" };
  return { refused: "size", most: Math.max(...tooLarge.map((kind) => rule(kind)?.maxBytes ?? 0)) };
}

export interface Bundle {
  attachments: Attachment[];
  type?: string;
  /** Whether a text can go with it. */
  caption: boolean;
}

/** Files as messages: pictures and films together as far as the network has albums, every other one by itself. */
export function bundles(network: Network | undefined, files: { attachment: Attachment; as: string }[]): Bundle[] {
  const album = Math.max(1, network?.album ?? 1);
  const made: Bundle[] = [];
  let visual: Bundle | null = null;
  for (const { attachment, as } of files) {
    if (as === "image" || as === "video") {
      if (!visual || visual.attachments.length >= album) {
        visual = { attachments: [], caption: true };
        made.push(visual);
      }
      visual.attachments.push(attachment);
    } else {
      const type = as === "document" ? "document" : undefined;
      made.push({ attachments: [attachment], type, caption: as === "document" });
    }
  }
  return made;
}
