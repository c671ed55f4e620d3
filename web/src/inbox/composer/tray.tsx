// The files of the message that is being written.
import { File as FileIcon, RotateCw, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useStore } from "../../live/store";
import { IconButton } from "../../ui/button";
import { cn } from "../../ui/cn";
import { useProblemText } from "../../ui/states";
import { bytes } from "../thread/words";
import { removeUpload, type Upload, uploadAgain, uploadsOf } from "./uploads";

export function Tray({ chatId }: { chatId: string }) {
  const { t } = useTranslation("composer");
  const uploads = useStore(uploadsOf(chatId));
  if (uploads.length === 0) return null;
  return (
    <ul aria-label={t("files")} className="flex max-h-40 flex-wrap gap-2 overflow-y-auto pt-2">
      {uploads.map((upload) => (
        <One key={upload.key} chatId={chatId} upload={upload} />
      ))}
    </ul>
  );
}

function One({ chatId, upload }: { chatId: string; upload: Upload }) {
  const { t } = useTranslation("composer");
  const { key, name, size, preview, progress, state } = upload;
  const bad = state === "failed" || state === "refused";
  return (
    <li
      className={cn(
        "relative flex w-64 max-w-full items-center gap-2 overflow-hidden rounded-lg border bg-surface p-1.5 text-sm",
        bad && "border-bad",
      )}
    >
      {preview ? (
        <img src={preview} alt="" className="size-10 shrink-0 rounded object-cover" />
      ) : (
        <FileIcon className="size-10 shrink-0 p-2 text-muted" aria-hidden />
      )}
      <span className="min-w-0 flex-1">
        <bdi className="block truncate">{name || t("file")}</bdi>
        <span className={cn("block text-xs", bad ? "text-bad" : "text-muted")} role={bad ? "alert" : undefined}>
          {bad ? <Why upload={upload} /> : bytes(size)}
        </span>
      </span>
      {state === "failed" && (
        <IconButton label={t("upload.again")} size="small" onClick={() => uploadAgain(chatId, key)}>
          <RotateCw className="size-4" aria-hidden />
        </IconButton>
      )}
      <IconButton
        label={t(state === "uploading" ? "upload.cancel" : "upload.remove", { name })}
        size="small"
        onClick={() => removeUpload(chatId, key)}
      >
        <X className="size-4" aria-hidden />
      </IconButton>
      {state === "uploading" && (
        <progress
          aria-label={t("upload.progress", { name })}
          value={progress}
          className="absolute inset-x-0 bottom-0 h-1 w-full appearance-none [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
        />
      )}
    </li>
  );
}

function Why({ upload: { refusal, problem } }: { upload: Upload }) {
  const { t } = useTranslation("composer");
  const text = useProblemText(problem);
  return refusal ? t(`refused.${refusal.reason}`, { size: bytes(refusal.most ?? 0) }) : text;
}
