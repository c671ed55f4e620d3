// Why a message did not go out, and what can be done.

import { RotateCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import type { Message } from "../../api/types";
import { Button } from "../../ui/button";
import { Confirm } from "../../ui/confirm";
import { problemText } from "../../ui/states";
import { retry } from "./actions";

export function Failure({ message }: { message: Message }) {
  const { t } = useTranslation("thread");
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const unknown = message.error?.code === "OUTCOME_UNKNOWN";
  const again = async () => {
    setBusy(true);
    try {
      await retry(message.id);
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="mt-1 flex max-w-[32rem] flex-wrap items-center justify-end gap-x-2 gap-y-1 text-bad text-xs">
      <span className="min-w-0 [overflow-wrap:anywhere]">
        {unknown ? t("failed.unknown") : (message.error?.message ?? t("failed.noReason"))}
        {message.error && !unknown && <span className="opacity-80"> ({message.error.code})</span>}
      </span>
      <Button size="small" busy={busy} onClick={() => (unknown ? setAsking(true) : void again())}>
        <RotateCw className="size-3.5" aria-hidden />
        {t("failed.retry")}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t("failed.sure")}
        action={t("failed.anyway")}
        onConfirm={() => retry(message.id)}
      >
        {t("failed.twice")}
      </Confirm>
    </div>
  );
}
