// Names that every line of the list needs, looked up once for all of them.
import { createContext, type ReactNode, useContext, useMemo } from "react";
import type { User } from "../../api/types";
import { useMe } from "../../app/me";
import { useLabels, useUsers } from "../../app/queries";

interface Words {
  me: string;
  users: Map<string, User>;
  colours: Map<string, string>;
}

const Context = createContext<Words>({ me: "", users: new Map(), colours: new Map() });

export function WordsProvider({ children }: { children: ReactNode }) {
  const me = useMe().id;
  const users = useUsers();
  const labels = useLabels();
  const words = useMemo(
    () => ({
      me,
      users: new Map(users.map((user) => [user.id, user])),
      colours: new Map(labels.map(({ name, color }) => [name, color])),
    }),
    [me, users, labels],
  );
  return <Context value={words}>{children}</Context>;
}

export const useWords = () => useContext(Context);
