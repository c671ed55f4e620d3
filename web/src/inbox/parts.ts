// What an open chat is drawn with, loaded while the list is read.
import i18next from "i18next";
import { queries } from "../app/queries";
import { cacheOf } from "../live/cache";

const load = () => ({ thread: known(import("./thread/thread")), panel: known(import("./panel/pane")) });
let parts: ReturnType<typeof load> | undefined;

/** For `use`, which takes what is here already at once; a component of `lazy` shows its fallback first, for a third of a second. */
export function partsOfChat(): ReturnType<typeof load> {
  if (parts) return parts;
  parts = load();
  void i18next.loadNamespaces(["thread", "composer", "people", "tickets"]);
  // what every chat asks for
  void cacheOf()?.prefetchQuery(queries.networks);
  void cacheOf()?.prefetchQuery(queries.quickReplies);
  return parts;
}

function known<T>(loading: Promise<T>): Promise<T> {
  loading.then(
    (value) => Object.assign(loading, { status: "fulfilled", value }),
    () => {
      // told to whoever uses it
    },
  );
  return loading;
}
