// The templates of a WhatsApp channel, as Meta has them.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "sonner";
import { call } from "../../api/http";
import type { Page, Template } from "../../api/types";
import { queries } from "../../app/queries";
import { Button } from "../../ui/button";
import { cn } from "../../ui/cn";
import { problemText } from "../../ui/states";
import { Loaded, listLook, Part } from "../parts/section";

const LOOKS: Record<string, string> = {
  APPROVED: "bg-good-soft text-good",
  PENDING: "bg-warn-soft text-warn",
  PAUSED: "bg-warn-soft text-warn",
  REJECTED: "bg-bad-soft text-bad",
  DISABLED: "bg-bad-soft text-bad",
};

export function Templates({ channelId }: { channelId: string }) {
  const { t } = useTranslation("settings");
  const query = queries.templates(channelId);
  const templates = useQuery(query);
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  async function refresh() {
    setBusy(true);
    try {
      const { items } = await call<Page<Template>>("POST", `/api/channels/${channelId}/templates/sync`);
      client.setQueryData(query.queryKey, items);
      toast.success(t("templates.refreshed"));
    } catch (error) {
      toast.error(problemText(error));
    } finally {
      setBusy(false);
    }
  }
  return (
    <Part title={t("templates.title")}>
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-64 text-muted text-sm">{t("templates.text")}</p>
        <Button size="small" busy={busy} onClick={refresh}>
          {!busy && <RefreshCw className="size-4" aria-hidden />}
          {t("templates.refresh")}
        </Button>
      </div>
      <Loaded query={templates}>
        {(all) =>
          all.length === 0 ? (
            <p className="text-sm">{t("templates.none")}</p>
          ) : (
            <ul className={listLook}>
              {all.map((one) => (
                <Line key={`${one.name} ${one.language}`} template={one} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Part>
  );
}

function Line({ template }: { template: Template }) {
  const { t } = useTranslation("settings");
  const body = template.components.find(({ type }) => type === "BODY")?.text;
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 p-3 text-sm">
      <div className="min-w-0 flex-1 basis-48">
        <p className="break-words font-medium">
          {template.name} <span className="font-normal text-muted">{template.language}</span>
        </p>
        {typeof body === "string" && <p className="line-clamp-2 break-words text-muted">{body}</p>}
        {template.reason && <p className="break-words text-bad">{template.reason}</p>}
      </div>
      <span className={cn("rounded-full px-2.5 py-1 font-medium text-xs", LOOKS[template.status] ?? "bg-sunken")}>
        {t(`template.${template.status}`, template.status)}
      </span>
    </li>
  );
}
