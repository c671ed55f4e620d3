// The way between the parts of the dashboard: at the side, on phones at the bottom.
import { Link, useRouter } from "@tanstack/react-router";
import { Activity, ChartColumn, Contact, Inbox, Settings, Ticket } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Role } from "../api/types";
import { NotificationBell } from "../notifications/bell";
import { tip } from "../ui/tip";
import { may, useMe } from "./me";
import { useShortcut } from "./shortcuts";
import { UserMenu } from "./user-menu";

const PLACES = [
  { to: "/inbox", icon: Inbox, name: "nav.inbox", keys: "g i", role: "user" },
  { to: "/contacts", icon: Contact, name: "nav.contacts", keys: "g c", role: "user" },
  { to: "/tickets", icon: Ticket, name: "nav.tickets", keys: "g t", role: "user" },
  { to: "/reports", icon: ChartColumn, name: "nav.reports", keys: "g r", role: "moderator" },
  { to: "/monitoring", icon: Activity, name: "nav.monitoring", keys: "g m", role: "admin" },
  { to: "/settings", icon: Settings, name: "nav.settings", keys: "g s", role: "user" },
] as const satisfies { to: string; icon: unknown; name: string; keys: string; role: Role }[];

export function Rail() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <nav
      aria-label={t("nav.label")}
      className="order-last flex shrink-0 items-center gap-1 border-t bg-surface px-2 py-1 md:order-first md:w-14 md:flex-col md:border-t-0 md:border-r md:px-0 md:py-3"
    >
      {PLACES.filter(({ role }) => may(me, role)).map((place) => (
        <Place key={place.to} {...place} name={t(place.name)} />
      ))}
      <span className="flex-1" />
      <NotificationBell />
      <UserMenu />
    </nav>
  );
}

function Place({
  to,
  icon: Icon,
  name,
  keys,
}: {
  to: (typeof PLACES)[number]["to"];
  icon: typeof Inbox;
  name: string;
  keys: string;
}) {
  const router = useRouter();
  useShortcut(keys, name, () => void router.navigate({ to }));
  return (
    <Link
      to={to}
      aria-label={name}
      className="flex size-10 items-center justify-center rounded-lg text-muted hover:bg-sunken hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent"
      activeProps={{ "aria-current": "page" }}
      {...tip(name, keys)}
    >
      <Icon className="size-5" aria-hidden />
    </Link>
  );
}
