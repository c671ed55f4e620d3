// Records a voice message, where the browser can.
import { Mic, Square, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { IconButton } from "../../ui/button";
import { minutes } from "../thread/words";

/** Ogg is what networks show as a voice message. */
const FORMATS = [
  { type: "audio/ogg;codecs=opus", extension: "ogg" },
  { type: "audio/mp4", extension: "m4a" },
  { type: "audio/webm;codecs=opus", extension: "webm" },
];

const able = () => typeof MediaRecorder !== "undefined" && Boolean(navigator.mediaDevices?.getUserMedia);

export function Recorder({ onFile, disabled }: { onFile: (file: File) => void; disabled: boolean }) {
  const { t } = useTranslation("composer");
  const [since, setSince] = useState<number | null>(null);
  const [now, setNow] = useState(0);
  const recorder = useRef<MediaRecorder | null>(null);
  const keep = useRef(false);

  const end = (kept: boolean) => {
    keep.current = kept;
    recorder.current?.stop();
  };
  useEffect(() => () => recorder.current?.stop(), []);
  useEffect(() => {
    if (since === null) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [since]);
  if (!able()) return null;

  const begin = async () => {
    try {
      const sound = await navigator.mediaDevices.getUserMedia({ audio: true });
      const format = FORMATS.find(({ type }) => MediaRecorder.isTypeSupported(type));
      const made = new MediaRecorder(sound, format ? { mimeType: format.type } : {});
      const pieces: Blob[] = [];
      made.ondataavailable = ({ data }) => pieces.push(data);
      made.onstop = () => {
        for (const track of sound.getTracks()) track.stop();
        recorder.current = null;
        setSince(null);
        const type = made.mimeType.split(";")[0] ?? "audio/webm";
        if (keep.current) onFile(new File(pieces, `voice.${format?.extension ?? "webm"}`, { type }));
      };
      recorder.current = made;
      made.start();
      setSince(Date.now());
      setNow(Date.now());
    } catch {
      toast.error(t("record.refused"));
    }
  };

  if (since === null) {
    return (
      <IconButton label={t("record.begin")} disabled={disabled} onClick={() => void begin()}>
        <Mic className="size-5" aria-hidden />
      </IconButton>
    );
  }
  return (
    <span className="flex items-center gap-1 rounded-lg bg-bad-soft px-1 text-bad text-sm">
      <IconButton label={t("record.discard")} size="small" onClick={() => end(false)}>
        <Trash2 className="size-4" aria-hidden />
      </IconButton>
      <span role="timer">{minutes((now - since) / 1000)}</span>
      <IconButton label={t("record.end")} size="small" onClick={() => end(true)}>
        <Square className="size-4" aria-hidden />
      </IconButton>
    </span>
  );
}
