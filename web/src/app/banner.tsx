// Says so when the screen may be behind, what that means, and offers to try at once.
import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { outbox } from "../inbox/outbox";
import { connection, reconnectNow } from "../live/connection";
import { useSelected, useStore } from "../live/store";
import { Button } from "../ui/button";

/** A short break is nobody's business. */
const QUIET_MS = 1_500;

export function ConnectionBanner() {
  const { t } = useTranslation();
  const { state, since } = useStore(connection);
  const waiting = useSelected(outbox, (all) => all.filter((one) => one.state !== "refused").length);
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    const timer = setTimeout(() => setLate(true), Math.max(0, since + QUIET_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [since]);
  const away = (state === "offline" || state === "starting") && late;
  return (
    <div role="status" aria-live="polite" data-connection={state}>
      {away && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 bg-warn-soft px-4 py-1.5 text-sm text-warn">
          <WifiOff className="size-4 shrink-0" aria-hidden />
          <span className="min-w-0 flex-1">
            {t("offline.text")} {waiting > 0 && t("offline.waiting", { count: waiting })}
          </span>
          <Button size="small" onClick={reconnectNow}>
            {t("offline.now")}
          </Button>
        </div>
      )}
    </div>
  );
}
