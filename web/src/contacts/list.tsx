// Everybody, by part of a name, by channel, blocked ones.
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { Ban } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { queryOf, useEndless } from "../app/endless";
import { knownOf } from "../app/names";
import { useChannels } from "../app/queries";
import { onLive } from "../live/apply";
import { cacheOf } from "../live/cache";
import { nameOf, type Person, people } from "../people/queries";
import { Avatar } from "../ui/avatar";
import { EndOfList } from "../ui/end";
import { SearchField } from "../ui/search";
import { Select } from "../ui/select";
import { Empty, Failed, Loading } from "../ui/states";
import { Toggle } from "../ui/toggle";

/** Many strangers may write at once; the list is asked for once. */
const SETTLE_MS = 2_000;

export function ContactList() {
  const { t } = useTranslation("contacts");
  const search = useSearch({ from: "/shell/contacts" });
  const router = useRouter();
  const channels = useChannels();
  const list = useEndless<Person>([...people.lists, search], `/api/contacts${queryOf({ ...search })}`);
  useNewcomers();
  // whoever is open stays so
  const change = (part: typeof search) =>
    void router.navigate({ to: ".", search: { ...search, ...part } as never, replace: true });
  const filtered = Boolean(search.q || search.channelId || search.blocked);
  return (
    <>
      <header className="flex flex-col gap-2 border-b p-3">
        <h1 className="font-semibold text-lg">{t("title")}</h1>
        <SearchField
          label={t("search")}
          placeholder={t("searchHint")}
          value={search.q ?? ""}
          onChange={(q) => change({ q: q || undefined })}
        />
        <div className="flex flex-wrap gap-2">
          <Select
            label={t("channel")}
            value={search.channelId ?? ""}
            onChange={(channelId) => change({ channelId: channelId || undefined })}
            options={[
              { value: "", label: t("channel.all") },
              ...channels.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
          <Toggle on={search.blocked ?? false} onChange={(blocked) => change({ blocked: blocked || undefined })}>
            {t("blocked.only")}
          </Toggle>
        </div>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {list.loading && <Loading />}
        {list.error && <Failed error={list.error} again={list.again} />}
        {!list.loading && !list.error && list.items.length === 0 && (
          <Empty title={t(filtered ? "list.none" : "list.empty")}>
            {t(filtered ? "list.noneText" : "list.emptyText")}
          </Empty>
        )}
        {list.items.length > 0 && (
          <ul>
            {list.items.map((person) => (
              <Line key={person.id} person={person} />
            ))}
          </ul>
        )}
        <EndOfList {...list.end} />
      </div>
    </>
  );
}

function Line({ person }: { person: Person }) {
  const { t } = useTranslation("contacts");
  return (
    <li className="[contain-intrinsic-size:auto_3.75rem] [content-visibility:auto]">
      <Link
        to="/contacts/$contactId"
        params={{ contactId: person.id }}
        search={(search) => search}
        className="flex min-h-15 items-center gap-3 border-b px-3 py-2 -outline-offset-2 hover:bg-sunken aria-[current=page]:bg-accent-soft"
        activeProps={{ "aria-current": "page" }}
      >
        <Avatar seed={person.id} name={person.name} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium text-sm">{nameOf(person)}</span>
          <span className="block truncate text-muted text-xs">{knownOf(person).slice(1).join(" · ")}</span>
        </span>
        {person.blockedAt && (
          <span className="flex items-center gap-1 text-bad text-xs">
            <Ban className="size-3.5" aria-hidden />
            {t("blocked")}
          </span>
        )}
      </Link>
    </li>
  );
}

/** Whoever writes for the first time comes with a new chat; a changed name with a changed one. */
function useNewcomers(): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void cacheOf()?.invalidateQueries({ queryKey: people.lists });
      }, SETTLE_MS);
    };
    const stop = onLive("chat:new", refresh);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
}
