// A picture over the whole page: arrows go to its neighbours, a click or plus and minus bring it nearer.
import { ChevronLeft, ChevronRight, Download, X, ZoomIn, ZoomOut } from "lucide-react";
import { Dialog } from "radix-ui";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../../live/store";
import { gallery, picturesOf } from "./gallery";

const NEAREST = 6;

export default function Lightbox() {
  const { t } = useTranslation(["thread", "common"]);
  const shown = useStore(gallery);
  const [zoom, setZoom] = useState(1);
  const frame = useRef<HTMLDivElement>(null);
  const pictures = shown ? picturesOf(shown.chatId) : [];
  const at = pictures.findIndex(({ id }) => id === shown?.fileId);
  const picture = pictures[at];

  // biome-ignore lint/correctness/useExhaustiveDependencies: each picture begins whole
  useEffect(() => setZoom(1), [shown?.fileId]);
  useEffect(() => {
    const { current } = frame;
    // React's own wheel handlers may not keep the page from scrolling
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      setZoom((now) => Math.min(NEAREST, Math.max(1, now * (event.deltaY < 0 ? 1.15 : 1 / 1.15))));
    };
    current?.addEventListener("wheel", turn, { passive: false });
    return () => current?.removeEventListener("wheel", turn);
  });
  if (!shown || !picture?.url) return null;

  const close = () => gallery.set(null);
  const go = (step: number) => {
    const next = pictures[at + step];
    if (next) gallery.set({ ...shown, fileId: next.id });
  };
  const nearer = (by: number) => setZoom(Math.min(NEAREST, Math.max(1, zoom + by)));
  const press = (key: string): boolean => {
    if (key === "ArrowLeft") go(-1);
    else if (key === "ArrowRight") go(1);
    else if (key === "+" || key === "=") nearer(0.5);
    else if (key === "-") nearer(-0.5);
    else return false;
    return true;
  };
  return (
    <Dialog.Root open onOpenChange={close}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/85" />
        <Dialog.Content
          aria-describedby={undefined}
          onKeyDown={(event) => press(event.key) && event.preventDefault()}
          className="fixed inset-0 z-40 flex flex-col text-white outline-none"
        >
          <div className="flex items-center gap-1 bg-black/60 p-2">
            <Dialog.Title className="min-w-0 flex-1 truncate px-2 text-sm">
              <bdi>{picture.fileName ?? t("type.image")}</bdi> · {at + 1} / {pictures.length}
            </Dialog.Title>
            <Tool label={t("picture.farther")} onClick={() => nearer(-0.5)} disabled={zoom === 1}>
              <ZoomOut className="size-5" aria-hidden />
            </Tool>
            <Tool label={t("picture.nearer")} onClick={() => nearer(0.5)} disabled={zoom === NEAREST}>
              <ZoomIn className="size-5" aria-hidden />
            </Tool>
            <a
              href={picture.url}
              download={picture.fileName ?? true}
              aria-label={t("file.download")}
              title={t("file.download")}
              className="flex size-11 items-center justify-center rounded-lg hover:bg-white/15"
            >
              <Download className="size-5" aria-hidden />
            </a>
            <Tool label={t("common:close")} onClick={close}>
              <X className="size-5" aria-hidden />
            </Tool>
          </div>
          <div ref={frame} className="relative min-h-0 flex-1 overflow-auto">
            <button
              type="button"
              aria-label={t(zoom > 1 ? "picture.farther" : "picture.nearer")}
              onClick={() => setZoom(zoom > 1 ? 1 : 2.5)}
              style={{ width: `${zoom * 100}%`, height: `${zoom * 100}%` }}
              className={`block p-4 ${zoom > 1 ? "cursor-zoom-out!" : "cursor-zoom-in!"}`}
            >
              <img src={picture.url} alt={picture.fileName ?? t("type.image")} className="size-full object-contain" />
            </button>
          </div>
          {at > 0 && (
            <Tool label={t("picture.previous")} onClick={() => go(-1)} className="absolute top-1/2 left-2 bg-black/60">
              <ChevronLeft className="size-6" aria-hidden />
            </Tool>
          )}
          {at < pictures.length - 1 && (
            <Tool label={t("picture.next")} onClick={() => go(1)} className="absolute top-1/2 right-2 bg-black/60">
              <ChevronRight className="size-6" aria-hidden />
            </Tool>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ToolProps {
  label: string;
  onClick: () => void;
  disabled?: boolean;
  className?: string;
  children: ReactNode;
}

function Tool({ label, onClick, disabled, className, children }: ToolProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
      className={`flex size-11 items-center justify-center rounded-lg hover:bg-white/15 disabled:opacity-40 ${className ?? ""}`}
    >
      {children}
    </button>
  );
}
