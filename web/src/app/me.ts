import { useEffect } from "react";
import { api, ask } from "../api/http";
import { keepUser, session } from "../api/session";
import type { Role, User } from "../api/types";
import { onConnected } from "../live/connection";
import { useStore } from "../live/store";

const RANK: Record<Role, number> = { user: 0, moderator: 1, admin: 2 };

/** Who is signed in. Only below the shell, which nobody enters without a session. */
export function useMe(): User {
  const current = useStore(session);
  if (!current) throw new Error("nobody is signed in");
  return current.user;
}

export function may(user: User, role: Role): boolean {
  return RANK[user.role] >= RANK[role];
}

/** Asks at each connection who I am: the server closes the connections of whoever gets another role. */
export function useFreshMe(): void {
  useEffect(
    () =>
      onConnected(() => {
        ask(api.GET("/api/me")).then(
          (news) => {
            const known = session.get()?.user;
            const me = news as User;
            const fields = ["role", "name", "email", "username", "avatarUrl"] as const;
            if (known?.id === me.id && fields.some((field) => known[field] !== me[field])) keepUser(me);
          },
          () => {
            // whoever may not come in is led out by the connection itself
          },
        );
      }),
    [],
  );
}
