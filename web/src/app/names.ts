// How people of outside are called, in every part of the dashboard.
import i18next from "i18next";
import type { Contact } from "../api/types";

/** What is known of somebody, the best to call them by first. */
export function knownOf({ name, username, phone, email }: Pick<Contact, "name" | "username" | "phone" | "email">) {
  return [name, username && `@${username}`, phone, email].filter((known): known is string => Boolean(known));
}

/** Somebody of whom nothing is known: a visitor of a site by the start of an id, others by the network's id. */
export function strangerName(network: string, externalId: string): string {
  return network === "webchat" ? i18next.t("visitor", { id: externalId.slice(0, 4) }) : externalId;
}
