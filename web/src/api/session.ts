// Who is signed in: tokens, kept for all tabs of the browser, renewed by one of them at a time.
import { createStore } from "../live/store";
import { Problem } from "./problem";
import type { User } from "./types";

export interface Session {
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since 1970 by this browser's clock. */
  expiresAt: number;
  user: User;
}

const KEY = "switchboard.session";
/** An access token that ends sooner than this is renewed before it is used. */
const MARGIN_MS = 60_000;

export const session = createStore<Session | null>(read());
/** Why the last session ended, for the sign-in page to say. */
export const endedBecause = createStore<"expired" | null>(null);

window.addEventListener("storage", (event) => {
  if (event.key === KEY || event.key === null) session.set(read());
});

function read(): Session | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") as Session | null;
  } catch {
    return null;
  }
}

function keep(next: Session | null): void {
  session.set(next);
  try {
    if (next) localStorage.setItem(KEY, JSON.stringify(next));
    else localStorage.removeItem(KEY);
  } catch {
    // a browser that keeps nothing is signed in until the tab is closed
  }
}

/** Posts without a token; the answers of login, refresh and set-up are alike. */
async function open(path: string, body: object): Promise<Session> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch (cause) {
    throw Problem.unreachable(cause);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw Problem.of(response, answer);
  const { accessToken, refreshToken, expiresIn, user } = answer;
  return { accessToken, refreshToken, expiresAt: Date.now() + expiresIn * 1000, user };
}

export async function signIn(credentials: { email: string; password: string; organizationId?: string }): Promise<void> {
  keep(await open("/api/auth/login", credentials));
  endedBecause.set(null);
}

interface FirstRun {
  token: string;
  organization: string;
  name: string;
  email: string;
  password: string;
}

/** The first administrator, by the link that the server printed. */
export async function setUp(first: FirstRun): Promise<void> {
  keep(await open("/api/setup", first));
}

export async function signOut(): Promise<void> {
  const current = session.get();
  keep(null);
  if (!current) return;
  const { accessToken, refreshToken } = current;
  await fetch("/api/auth/logout", {
    method: "POST",
    headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ refreshToken }),
  }).catch(() => {
    // the tokens are forgotten here; at the server they end by themselves
  });
}

/** The user's own profile changed. */
export function keepUser(user: User): void {
  const current = session.get();
  if (current) keep({ ...current, user });
}

/** An access token that is good for a while. Rejects with a `Problem`; with status 401 the session is over. */
export async function freshToken(): Promise<string> {
  const current = session.get();
  if (!current) throw new Problem(401, "UNAUTHORIZED", "You are not signed in.");
  if (current.expiresAt - Date.now() > MARGIN_MS) return current.accessToken;
  return renew(current.accessToken);
}

let renewing: Promise<string> | null = null;

/** Exchanges the refresh token, unless another tab or call did since `stale` was the token. */
export function renew(stale: string): Promise<string> {
  renewing ??= withLock(() => exchange(stale)).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function exchange(stale: string): Promise<string> {
  const current = read() ?? session.get();
  if (!current) throw new Problem(401, "UNAUTHORIZED", "You are not signed in.");
  if (current.accessToken !== stale) {
    session.set(current);
    return current.accessToken;
  }
  try {
    const next = await open("/api/auth/refresh", { refreshToken: current.refreshToken });
    keep(next);
    return next.accessToken;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      endedBecause.set("expired");
      keep(null);
    }
    throw error;
  }
}

function withLock<T>(work: () => Promise<T>): Promise<T> {
  // without a secure context there are no locks; a doubled refresh is forgiven by the server
  return navigator.locks ? navigator.locks.request(KEY, work) : work();
}
