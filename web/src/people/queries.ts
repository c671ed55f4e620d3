// People on the other side: one of them with what the team wrote, and what can be done to them. Every key begins with `contact`.

import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { call } from "../api/http";
import type { Page, Person as Told } from "../api/types";
import { useEndless } from "../app/endless";
import { knownOf, strangerName } from "../app/names";
import { cacheOf } from "../live/cache";

/** `blockedAt`: since when nothing of theirs is taken in. */
export type Person = Told & { blockedAt?: string | null };

export interface PersonNote {
  id: string;
  contactId: string;
  /** Null where a program wrote it. */
  userId: string | null;
  content: string;
  createdAt: string;
}

export interface Suggestion {
  contact: Person;
  /** What both have: `phone`, `email`. */
  shares: string[];
}

type PersonChange = Partial<Record<"name" | "username" | "phone" | "email", string | null>>;

const path = (id: string, rest = "") => `/api/contacts/${encodeURIComponent(id)}${rest}`;

export const people = {
  /** Every list of people begins with this. */
  lists: ["contacts"],
  one: (id: string) =>
    queryOptions({ queryKey: ["contact", id, "person"], queryFn: () => call<Person>("GET", path(id)) }),
  suggestions: (id: string) =>
    queryOptions({
      queryKey: ["contact", id, "suggestions"],
      queryFn: async () => (await call<Page<Suggestion>>("GET", path(id, "/suggestions"))).items,
    }),
  notes: (id: string) => ["contact", id, "notes"],
};

export const usePerson = (id: string) => useQuery(people.one(id));
export const usePersonNotes = (id: string) => useEndless<PersonNote>(people.notes(id), path(id, "/notes"));

/** What one knows of people changed at the server: what is on the screen is asked for anew. */
function refreshPeople(): void {
  void cacheOf()?.invalidateQueries({ queryKey: ["contact"] });
  void cacheOf()?.invalidateQueries({ queryKey: people.lists });
}

function keep(person: Person): Person {
  cacheOf()?.setQueryData(people.one(person.id).queryKey, person);
  refreshPeople();
  return person;
}

export const useChangePerson = (id: string) =>
  useMutation({
    mutationFn: async (change: PersonChange) => keep(await call<Person>("PATCH", path(id), change)),
  });

export async function blockPerson(id: string): Promise<void> {
  await call("POST", path(id, "/block"));
  refreshPeople();
}

export async function unblockPerson(id: string): Promise<void> {
  await call("DELETE", path(id, "/block"));
  refreshPeople();
}

/** From now on the second stands for both. */
export async function mergePeople(id: string, intoId: string): Promise<void> {
  keep(await call<Person>("POST", path(id, "/merge"), { intoId }));
}

export async function separatePerson(id: string): Promise<void> {
  await call("DELETE", path(id, "/merge"));
  refreshPeople();
}

export const useWriteNote = (id: string) =>
  useMutation({
    mutationFn: (content: string) => call<PersonNote>("POST", path(id, "/notes"), { content }),
    onSuccess: () => cacheOf()?.invalidateQueries({ queryKey: people.notes(id) }),
  });

export async function deleteNote(contactId: string, noteId: string): Promise<void> {
  await call("DELETE", path(contactId, `/notes/${noteId}`));
  await cacheOf()?.invalidateQueries({ queryKey: people.notes(contactId) });
}

/** How a person is called: by what is known of them, else as the first network knows them. */
export function nameOf(person: Person): string {
  const [first] = person.identities;
  return knownOf(person)[0] ?? (first ? strangerName(first.provider, first.externalId) : "—");
}
