import { useTranslation } from "react-i18next";
import { Mark, type MarkLook } from "../ui/mark";
import { useHealth, type Vital } from "./queries";

const PARTS = ["status", "database", "redis", "socketio"] as const;
const LOOKS: Record<Vital, MarkLook> = { ok: "good", down: "bad", disabled: "plain" };

/** What a load balancer is told. */
export function HealthMarks() {
  const { t } = useTranslation("monitoring");
  const { data, isError } = useHealth();
  // no answer at all is what the page itself says already
  if (isError && !data) return null;
  return (
    <dl aria-label={t("health")} className="flex min-h-6 flex-wrap gap-x-4 gap-y-2 text-sm">
      {data &&
        PARTS.map((part) => (
          <div key={part} className="flex items-center gap-2">
            <dt className="text-muted">{t(`health.${part}`)}</dt>
            <dd>
              <Mark look={LOOKS[data[part]]}>{t(`health.${data[part]}`)}</Mark>
            </dd>
          </div>
        ))}
    </dl>
  );
}
