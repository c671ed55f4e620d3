import { LoaderCircle } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";

interface EndProps {
  /** Whether there is more to load. */
  left: boolean;
  busy: boolean;
  failed: boolean;
  more: () => void;
}

/** The end of a list that goes on: loads more when it is nearly seen, or by its button. */
export function EndOfList({ left, busy, failed, more }: EndProps) {
  const { t } = useTranslation();
  const mark = useRef<HTMLDivElement>(null);
  const latest = useRef(more);
  latest.current = more;
  useEffect(() => {
    // after a failure only the button tries again
    if (!left || busy || failed || !mark.current) return;
    const watcher = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: "400px",
    });
    watcher.observe(mark.current);
    return () => watcher.disconnect();
  }, [left, busy, failed]);
  if (!left) return null;
  return (
    <div ref={mark} className="flex justify-center p-3">
      {busy ? (
        <LoaderCircle role="status" aria-label={t("loading")} className="size-5 animate-spin text-muted" />
      ) : (
        <Button size="small" onClick={more}>
          {t(failed ? "tryAgain" : "more")}
        </Button>
      )}
    </div>
  );
}
