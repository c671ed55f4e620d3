// The files of a message. Pictures and films have their box before they are here, so that nothing moves.

import { Download, FileText, ImageOff, RotateCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { Attachment, Message } from "../../api/types";
import { Button } from "../../ui/button";
import { problemText } from "../../ui/states";
import { fetchAgain } from "./actions";
import { showPicture } from "./gallery";
import { boxOf } from "./rows";
import { Sound } from "./sound";
import { bytes } from "./words";

export function Files({ message }: { message: Message }) {
  const { attachments } = message;
  const album = attachments.length > 1 && attachments.every(({ type }) => type === "image" || type === "video");
  return (
    <div className={album ? "grid max-w-[22rem] grid-cols-2 gap-1" : "flex flex-col gap-1.5"}>
      {attachments.map((file) => (
        <File key={file.id} file={file} message={message} tile={album} />
      ))}
    </div>
  );
}

function File({ file, message, tile }: { file: Attachment; message: Message; tile: boolean }) {
  const { t } = useTranslation("thread");
  const visual = file.type === "image" || file.type === "video" || file.type === "sticker";
  const box = file.type === "sticker" ? { width: 160, height: 160 } : boxOf(file.width, file.height);
  const style = tile
    ? { aspectRatio: "1" }
    : { width: box.width, maxWidth: "100%", aspectRatio: `${box.width} / ${box.height}` };
  if (file.status === "failed") return <FailedFile file={file} />;
  if (!file.url) {
    return (
      <div
        role="status"
        aria-label={t("file.pending")}
        style={visual ? style : { width: 240, height: 56 }}
        className="animate-pulse rounded-lg bg-text/10"
      />
    );
  }
  const { url } = file;
  const name = t(`type.${file.type}`);
  switch (file.type) {
    case "image":
    case "sticker":
      return <Picture file={file} url={url} message={message} style={style} tile={tile} />;
    case "video":
      return (
        <video
          controls
          preload="metadata"
          src={url}
          poster={file.thumbnailUrl ?? undefined}
          loop={message.metadata.kind === "animation"}
          aria-label={name}
          style={style}
          className="rounded-lg bg-black/80"
        >
          <track kind="captions" />
        </video>
      );
    case "voice":
    case "audio":
      return <Sound file={file} url={url} name={file.type === "audio" && file.fileName ? file.fileName : name} />;
    default:
      return <DocumentFile file={file} url={url} />;
  }
}

interface PictureProps {
  file: Attachment;
  url: string;
  message: Message;
  style: React.CSSProperties;
  tile: boolean;
}

function Picture({ file, url, message, style, tile }: PictureProps) {
  const { t } = useTranslation("thread");
  const [broken, setBroken] = useState(false);
  const drawable = file.mimeType?.startsWith("image/") ?? true;
  const sticker = file.type === "sticker";
  if (broken || !drawable) {
    return (
      <div style={style} className="flex items-center justify-center gap-2 rounded-lg bg-text/8 p-2 text-muted text-sm">
        <ImageOff className="size-5 shrink-0" aria-hidden />
        {sticker && typeof message.metadata.emoji === "string" ? (
          <span className="text-4xl">{message.metadata.emoji}</span>
        ) : (
          <a href={url} download={file.fileName ?? true} className="underline">
            {t("file.download")}
          </a>
        )}
      </div>
    );
  }
  const alt = message.content || (sticker ? t("type.sticker") : t("type.image"));
  const picture = (
    <img
      src={file.thumbnailUrl && !sticker ? file.thumbnailUrl : url}
      alt={alt.slice(0, 200)}
      loading="lazy"
      decoding="async"
      onError={() => setBroken(true)}
      className={`size-full rounded-lg ${sticker ? "object-contain" : tile ? "object-cover" : "object-cover"}`}
    />
  );
  if (sticker) return <div style={style}>{picture}</div>;
  return (
    <button
      type="button"
      aria-label={t("picture.open", { name: alt.slice(0, 80) })}
      style={style}
      onClick={() => showPicture(message.chatId, file.id)}
      className="block overflow-hidden rounded-lg bg-text/8"
    >
      {picture}
    </button>
  );
}

function DocumentFile({ file, url }: { file: Attachment; url: string }) {
  const { t } = useTranslation("thread");
  const name = file.fileName || t("file.unnamed");
  return (
    <a
      href={url}
      download={file.fileName ?? true}
      className="flex w-72 max-w-full items-center gap-2 rounded-lg border border-text/15 p-2 hover:bg-text/5"
    >
      <FileText className="size-8 shrink-0 text-muted" aria-hidden />
      <span className="min-w-0 flex-1">
        <bdi className="line-clamp-2 font-medium text-sm [overflow-wrap:anywhere]">{name}</bdi>
        {file.size !== null && <span className="block text-muted text-xs">{bytes(file.size)}</span>}
      </span>
      <Download className="size-4 shrink-0 text-muted" aria-hidden />
      <span className="sr-only">{t("file.download")}</span>
    </a>
  );
}

function FailedFile({ file }: { file: Attachment }) {
  const { t } = useTranslation("thread");
  const [busy, setBusy] = useState(false);
  const again = async () => {
    setBusy(true);
    try {
      await fetchAgain(file.id);
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex w-72 max-w-full flex-col items-start gap-2 rounded-lg border border-bad/40 p-2 text-sm">
      <p className="[overflow-wrap:anywhere]">
        {t("file.failed", { name: file.fileName ?? t(`type.${file.type}`) })}
        {file.error && <span className="block text-muted">{file.error}</span>}
      </p>
      <Button size="small" busy={busy} onClick={() => void again()}>
        <RotateCw className="size-4" aria-hidden />
        {t("file.again")}
      </Button>
    </div>
  );
}
