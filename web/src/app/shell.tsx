// What is around every part for whoever is signed in: the way, the connection, keys. Nobody else gets in.
import { Outlet, useRouter } from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";
import { session } from "../api/session";
import { filterOf } from "../inbox/list/asked";
import { forgetLists, loadList } from "../inbox/lists";
import { openOutbox } from "../inbox/outbox";
import { forgetTimelines } from "../inbox/timeline";
import { listen } from "../live/apply";
import { cacheOf } from "../live/cache";
import { connect, disconnect, noteCursor } from "../live/connection";
import { useSelected } from "../live/store";
import { Failed, Loading } from "../ui/states";
import { ConnectionBanner } from "./banner";
import { Calls } from "./calls";
import { useFreshMe } from "./me";
import { Rail } from "./rail";
import { inboxSearch, router } from "./router";
import { Shortcuts } from "./shortcuts";

// asked for while the page is still being put together: the list is on its way when there is a place for it
if (session.get()) {
  const { pathname, search } = router.latestLocation;
  const ofInbox = pathname === "/" || pathname.startsWith("/inbox");
  noteCursor().then(
    () => ofInbox && loadList(filterOf(inboxSearch(search))),
    () => {
      // whoever connects asks again, and says so
    },
  );
}

export function Shell() {
  const userId = useSelected(session, (current) => current?.user.id);
  return userId ? <SignedIn key={userId} /> : <SignedOut />;
}

/** Leads to the sign-in page, and from there back to where the user was. */
function SignedOut() {
  const router = useRouter();
  useEffect(() => {
    const asked = router.state.location.href;
    void router.navigate({ to: "/login", search: asked === "/" ? {} : { to: asked }, replace: true });
  }, [router]);
  return null;
}

function SignedIn() {
  const [problem, setProblem] = useState<unknown>(null);
  const [ready, setReady] = useState(false);
  const [tries, setTries] = useState(0);
  useFreshMe();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tries` begins anew
  useEffect(() => {
    let gone = false;
    const stop = listen();
    connect().then(
      () => {
        if (gone) return;
        openOutbox();
        setReady(true);
      },
      (error) => gone || setProblem(error),
    );
    return () => {
      gone = true;
      stop();
      disconnect();
      forgetLists();
      forgetTimelines();
      cacheOf()?.clear();
    };
  }, [tries]);
  if (problem) {
    const again = () => {
      setProblem(null);
      setTries(tries + 1);
    };
    return <Failed error={problem} again={again} />;
  }
  if (!ready) return <Loading />;
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <ConnectionBanner />
      <div className="flex min-h-0 flex-1 flex-col md:flex-row">
        <Rail />
        <main className="flex min-h-0 min-w-0 flex-1 flex-col">
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Calls />
      <Shortcuts />
    </div>
  );
}
