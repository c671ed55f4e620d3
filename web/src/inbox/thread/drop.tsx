import { Upload } from "lucide-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

interface DropProps {
  onFiles: (files: File[]) => void;
  label: string;
  children: ReactNode;
}

/** The open chat as a place to drop files on. */
export function DropPlace({ onFiles, label, children }: DropProps) {
  const { t } = useTranslation("thread");
  const [over, setOver] = useState(false);
  // entering a child comes before leaving its parent
  const depth = useRef(0);
  const withFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  const end = () => {
    depth.current = 0;
    setOver(false);
  };
  return (
    <section
      aria-label={label}
      className="relative flex min-w-0 flex-1 flex-col"
      onDragEnter={(event) => {
        if (!withFiles(event)) return;
        event.preventDefault();
        depth.current++;
        setOver(true);
      }}
      onDragOver={(event) => withFiles(event) && event.preventDefault()}
      onDragLeave={(event) => withFiles(event) && --depth.current <= 0 && end()}
      onDrop={(event) => {
        if (!withFiles(event)) return;
        event.preventDefault();
        end();
        onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
      {over && (
        <div className="pointer-events-none absolute inset-2 z-30 flex flex-col items-center justify-center gap-2 rounded-xl border-2 border-accent border-dashed bg-accent-soft/90 font-medium text-accent">
          <Upload className="size-8" aria-hidden />
          {t("drop")}
        </div>
      )}
    </section>
  );
}
