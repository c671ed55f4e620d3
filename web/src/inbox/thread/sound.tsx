import { Download, Pause, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Attachment } from "../../api/types";
import { useSelected } from "../../live/store";
import { nextRate, type Playing, player, seek, toggle } from "./player";
import { minutes } from "./words";

const IDLE: Playing = { id: null, state: "paused", time: 0, duration: 0, rate: 1 };

/** A voice message or another sound. */
export function Sound({ file, url, name }: { file: Attachment; url: string; name: string }) {
  const { t } = useTranslation("thread");
  const playing = useSelected(player, (now) => (now.id === file.id ? now : null)) ?? IDLE;
  const rate = useSelected(player, (now) => now.rate);
  const { state, time } = playing;
  const length = playing.duration || file.duration || 0;
  if (state === "failed") {
    return (
      <p className="text-sm">
        {t("sound.failed")}{" "}
        <a href={url} download={file.fileName ?? true} className="text-accent underline">
          {t("file.download")}
        </a>
      </p>
    );
  }
  return (
    <div role="group" aria-label={name} className="flex w-72 max-w-full items-center gap-2">
      <button
        type="button"
        aria-label={t(state === "playing" ? "sound.pause" : "sound.play")}
        onClick={() => toggle(file.id, url)}
        className="flex size-10 shrink-0 items-center justify-center rounded-full bg-accent text-on-accent"
      >
        {state === "playing" ? (
          <Pause className="size-5" aria-hidden />
        ) : (
          <Play className="ml-0.5 size-5" aria-hidden />
        )}
      </button>
      <span className="min-w-0 flex-1">
        <input
          type="range"
          min={0}
          max={Math.max(length, time, 0.1)}
          step={0.1}
          value={time}
          aria-label={t("sound.seek")}
          aria-valuetext={t("sound.at", { time: minutes(time), length: minutes(length) })}
          onChange={(event) => seek(file.id, url, Number(event.target.value))}
          onKeyDown={(event) => {
            const step = event.key === "ArrowRight" ? 5 : event.key === "ArrowLeft" ? -5 : 0;
            if (event.key === " ") toggle(file.id, url);
            else if (step) seek(file.id, url, Math.min(Math.max(0, time + step), Math.max(0, length - 0.1)));
            else return;
            event.preventDefault();
          }}
          className="block h-4 w-full accent-[var(--accent)]"
        />
        <span className="flex justify-between text-muted text-xs tabular-nums">
          <span>{minutes(time)}</span>
          <span>{minutes(length)}</span>
        </span>
      </span>
      <button
        type="button"
        aria-label={t("sound.speed", { rate })}
        onClick={nextRate}
        className="w-9 rounded-md py-1 text-muted text-xs hover:bg-text/8"
      >
        {rate}×
      </button>
      <a
        href={url}
        download={file.fileName ?? true}
        aria-label={t("file.download")}
        title={t("file.download")}
        className="rounded-md p-1 text-muted hover:bg-text/8"
      >
        <Download className="size-4" aria-hidden />
      </a>
    </div>
  );
}
