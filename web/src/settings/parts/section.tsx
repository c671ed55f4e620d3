// What the sections of the settings are made of.
import type { UseQueryResult } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { ArrowLeft, Plus } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { SettingSearch } from "../../app/router";
import { Failed, Loading } from "../../ui/states";
import type { SectionId } from "../sections";

/** Which thing of the section is open, and the way to others. All of it is in the address. */
export function usePlace(section: SectionId) {
  const router = useRouter();
  const { id, add } = useSearch({ strict: false }) as SettingSearch;
  const go = (search: SettingSearch) =>
    void router.navigate({ to: "/settings/$section", params: { section }, search, replace: false });
  return { id, add, open: (next: string) => go({ id: next }), list: () => go({}) };
}

export function Heading({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <header className="flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="break-words font-semibold text-lg">{title}</h1>
        {text && <p className="mt-0.5 max-w-2xl text-muted text-sm">{text}</p>}
      </div>
      {children}
    </header>
  );
}

/** A part of a page about one thing. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3 border-t pt-5">
      <h2 className="font-semibold text-base">{title}</h2>
      {children}
    </section>
  );
}

export function AddLink({ section, add = "new", label }: { section: SectionId; add?: string; label: string }) {
  return (
    <Link
      to="/settings/$section"
      params={{ section }}
      search={{ add }}
      className="inline-flex h-9 items-center gap-1.5 rounded-lg bg-accent px-3 font-medium text-on-accent text-sm hover:bg-accent-strong"
    >
      <Plus className="size-4" aria-hidden />
      {label}
    </Link>
  );
}

export function BackLink({ section, search = {} }: { section: SectionId; search?: SettingSearch }) {
  const { t } = useTranslation("settings");
  return (
    <Link
      to="/settings/$section"
      params={{ section }}
      search={search}
      className="inline-flex h-11 w-fit items-center gap-1 text-muted text-sm hover:text-text md:h-7"
    >
      <ArrowLeft className="size-4" aria-hidden />
      {t(`section.${section}`)}
    </Link>
  );
}

export const listLook = "divide-y overflow-hidden rounded-xl border bg-surface";

/** The data of a query, or what stands in its place until it is there. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />;
  return <Loading />;
}
