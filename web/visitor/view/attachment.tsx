// A file of a message. Pictures and films stand in boxes of their final size, so that nothing moves when they come.
import { useEffect, useState } from "preact/hooks";
import type { Attachment } from "../message";
import { lengthLabel, sizeLabel } from "../moments";
import type { Words } from "../words";
import { FileIcon } from "./icons";

const WIDEST = 260;
const HIGHEST = 320;

interface Props {
  file: Attachment;
  locale: string;
  words: Words;
}

/** A file's address if it is one of ours; what leads elsewhere is not loaded. */
export function ownAddress(url: string | null | undefined): string | null {
  return url?.startsWith("/api/media/") ? url : null;
}

/** The box of a picture: its own shape, within what fits. */
export function boxOf(width: number | null | undefined, height: number | null | undefined) {
  if (!width || !height) return { width: WIDEST, height: WIDEST * 0.75 };
  const scale = Math.min(WIDEST / width, HIGHEST / height, 1);
  return { width: Math.max(48, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) };
}

export function AttachmentView({ file, locale, words }: Props) {
  const url = ownAddress(file.url);
  if (!url) return <p class="file-note">{file.status === "failed" ? words.fileFailed : words.fileComing}</p>;
  if (file.type === "image" || file.type === "sticker") return <Picture file={file} url={url} words={words} />;
  if (file.type === "video") {
    const box = boxOf(file.width, file.height);
    const poster = ownAddress(file.thumbnailUrl) ?? undefined;
    return (
      // biome-ignore lint/a11y/useMediaCaption: people's own films have none
      <video
        class="picture"
        controls
        preload="metadata"
        poster={poster}
        src={url}
        style={shape(box)}
        aria-label={words.video}
      />
    );
  }
  if (file.type === "voice" || file.type === "audio") {
    const name = file.type === "voice" ? words.voice : file.fileName || words.audio;
    return (
      <figure class="sound">
        <figcaption>
          <bdi>{name}</bdi>
          {file.duration ? ` · ${lengthLabel(file.duration)}` : ""}
        </figcaption>
        {/* biome-ignore lint/a11y/useMediaCaption: people's own recordings have none */}
        <audio controls preload="none" src={url} aria-label={name} />
      </figure>
    );
  }
  return (
    <a class="file" href={url} target="_blank" rel="noopener noreferrer" download={file.fileName || ""}>
      <FileIcon />
      <span>
        <bdi class="file-name">{file.fileName || words.file}</bdi>
        {file.size ? <small>{sizeLabel(file.size, locale)}</small> : null}
      </span>
    </a>
  );
}

function Picture({ file, url, words }: { file: Attachment; url: string; words: Words }) {
  const [broken, setBroken] = useState(false);
  const box = file.type === "sticker" ? { width: 128, height: 128 } : boxOf(file.width, file.height);
  const name = file.type === "sticker" ? words.sticker : file.fileName || words.picture;

  useEffect(() => {
    // what failed for want of a connection is tried again when there is one
    const again = () => setBroken(false);
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, []);

  return (
    <a class="picture" href={url} target="_blank" rel="noopener noreferrer" style={shape(box)}>
      {broken ? (
        <span class="broken">{words.fileFailed}</span>
      ) : (
        <img
          src={url}
          alt={name}
          width={box.width}
          height={box.height}
          loading="lazy"
          onError={() => setBroken(true)}
        />
      )}
    </a>
  );
}

function shape({ width, height }: { width: number; height: number }) {
  return { width: `${width}px`, aspectRatio: `${width} / ${height}` };
}
