// Every address of the dashboard. Each part is loaded when it is opened.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import type { ChatStatus, TicketStatus } from "../api/types";
import { LoginPage } from "../login/page";
import { Failed } from "../ui/states";

const root = createRootRoute({
  component: Outlet,
  errorComponent: ({ error, reset }) => <Failed error={error} again={reset} />,
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: LoginPage,
  validateSearch: (search): { to?: string } => (typeof search.to === "string" ? { to: search.to } : {}),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("../login/setup-page"), "SetupPage"),
});
const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: lazyRouteComponent(() => import("./shell"), "Shell"),
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox", replace: true });
  },
});

/** What the inbox shows; all of it is in the address, so that it can be kept and shared. */
export interface InboxSearch {
  /** Without: everything that is not resolved. `all`: resolved ones too. */
  status?: ChatStatus | "all";
  channelId?: string;
  channel?: string;
  assignedTo?: string;
  teamId?: string;
  label?: string;
  unread?: boolean;
  q?: string;
  /** A message of the open chat to go to. */
  message?: string;
}

const TICKET_STATES = ["open", "in_progress", "resolved", "closed", "all"] as const;
const STATUSES = ["open", "pending", "snoozed", "resolved", "all"];

/** A parameter of an address as text; the router has read what looks like a number as one. */
function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined;
}

export function inboxSearch(search: Record<string, unknown>): InboxSearch {
  const status = text(search.status);
  return {
    status: status && STATUSES.includes(status) ? (status as InboxSearch["status"]) : undefined,
    channelId: text(search.channelId),
    channel: text(search.channel),
    assignedTo: text(search.assignedTo),
    teamId: text(search.teamId),
    label: text(search.label),
    unread: search.unread === true || search.unread === "true" || undefined,
    q: text(search.q),
    message: text(search.message),
  };
}

const inbox = createRoute({
  getParentRoute: () => shell,
  path: "/inbox",
  component: lazyRouteComponent(() => import("../inbox/page"), "InboxPage"),
  validateSearch: inboxSearch,
});
const chat = createRoute({ getParentRoute: () => inbox, path: "$chatId" });

export interface ContactSearch {
  q?: string;
  channelId?: string;
  blocked?: boolean;
}

const contacts = createRoute({
  getParentRoute: () => shell,
  path: "/contacts",
  component: lazyRouteComponent(() => import("../contacts/page"), "ContactsPage"),
  validateSearch: (search): ContactSearch => ({
    q: text(search.q),
    channelId: text(search.channelId),
    blocked: search.blocked === true || undefined,
  }),
});
const contact = createRoute({ getParentRoute: () => contacts, path: "$contactId" });

export interface TicketSearch {
  /** Without: what is to be done yet. Not `status`: that is the chats' in a link that keeps what was asked for. */
  state?: TicketStatus | "all";
  assignedTo?: string;
  chatId?: string;
  contactId?: string;
  q?: string;
}

const tickets = createRoute({
  getParentRoute: () => shell,
  path: "/tickets",
  component: lazyRouteComponent(() => import("../tickets/page"), "TicketsPage"),
  validateSearch: (search): TicketSearch => ({
    state: TICKET_STATES.find((state) => state === search.state),
    assignedTo: text(search.assignedTo),
    chatId: text(search.chatId),
    contactId: text(search.contactId),
    q: text(search.q),
  }),
});
const ticket = createRoute({ getParentRoute: () => tickets, path: "$ticketId" });

export interface ReportSearch {
  /** Without: the last seven days. */
  period?: "today" | "month" | "custom";
  /** Days of the calendar, both included, where the period is `custom`. */
  from?: string;
  to?: string;
}

const reports = createRoute({
  getParentRoute: () => shell,
  path: "/reports",
  component: lazyRouteComponent(() => import("../reports/page"), "ReportsPage"),
  validateSearch: (search): ReportSearch => ({
    period: (["today", "month", "custom"] as const).find((period) => period === search.period),
    from: text(search.from),
    to: text(search.to),
  }),
});

const page = <P extends string>(path: P, load: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({ getParentRoute: () => shell, path, component: lazyRouteComponent(load as never, name) });

const monitoring = page("/monitoring", () => import("../monitoring/page"), "MonitoringPage");
const settings = page("/settings", () => import("../settings/page"), "SettingsPage");

/** What a section of the settings shows in place of its list. */
export interface SettingSearch {
  /** One of its things, to look at and change. */
  id?: string;
  /** A new one; with channels, the provider, or `choose`. */
  add?: string;
}

const setting = createRoute({
  getParentRoute: () => shell,
  path: "/settings/$section",
  component: lazyRouteComponent(() => import("../settings/page"), "SettingsPage"),
  validateSearch: (search): SettingSearch => ({
    id: typeof search.id === "string" ? search.id : undefined,
    add: typeof search.add === "string" ? search.add : undefined,
  }),
});

const tree = root.addChildren([
  login,
  setup,
  shell.addChildren([
    home,
    inbox.addChildren([chat]),
    contacts.addChildren([contact]),
    tickets.addChildren([ticket]),
    reports,
    monitoring,
    settings,
    setting,
  ]),
]);

export const router = createRouter({ routeTree: tree, defaultPreload: "intent", scrollRestoration: false });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
