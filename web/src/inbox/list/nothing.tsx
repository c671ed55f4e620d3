// An empty list says why it is empty and what to do.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Inbox } from "lucide-react";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../../app/me";
import { queries } from "../../app/queries";
import { Button } from "../../ui/button";
import { Empty } from "../../ui/states";
import { isNarrowed, useAsked } from "./asked";

export function Nothing() {
  const { t } = useTranslation("inbox");
  const me = useMe();
  const { search, clear } = useAsked();
  const channels = useQuery(queries.channels).data;
  const icon = <Inbox className="size-8" aria-hidden />;
  if (channels?.length === 0) {
    return (
      <Empty icon={icon} title={t("empty.noChannel")}>
        {may(me, "admin") ? (
          <Link to="/settings/$section" params={{ section: "channels" }} className="text-accent underline">
            {t("empty.connect")}
          </Link>
        ) : (
          t("empty.askAdmin")
        )}
      </Empty>
    );
  }
  if (isNarrowed(search)) {
    return (
      <Empty icon={icon} title={t("empty.filtered")}>
        <Button size="small" onClick={clear}>
          {t("filters.clear")}
        </Button>
      </Empty>
    );
  }
  const whose = search.assignedTo === "me" ? "mine" : search.assignedTo === "none" ? "unassigned" : "all";
  return (
    <Empty icon={icon} title={t(`empty.${whose}`)}>
      {t(`empty.${whose}.text`)}
    </Empty>
  );
}
