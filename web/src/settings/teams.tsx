// Teams: groups of operators that chats are given to.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { UsersRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { call } from "../api/http";
import { Form, type Values } from "../app/form";
import { queries, type Team, useUsers } from "../app/queries";
import { TextField } from "../ui/field";
import { Empty } from "../ui/states";
import { Check } from "./parts/choice";
import { Remove } from "./parts/remove";
import { AddLink, BackLink, Heading, Loaded, listLook, Part, usePlace } from "./parts/section";

export function TeamsSection() {
  const { t } = useTranslation("settings");
  const { id, add } = usePlace("teams");
  const teams = useQuery(queries.teams);
  if (add) return <TeamPage />;
  return (
    <Loaded query={teams}>
      {(all) => {
        const team = all.find((one) => one.id === id);
        if (team) return <TeamPage team={team} key={team.id} />;
        return (
          <>
            <Heading title={t("section.teams")} text={t("teams.text")}>
              <AddLink section="teams" label={t("teams.add")} />
            </Heading>
            {all.length === 0 ? (
              <Empty icon={<UsersRound className="size-6" aria-hidden />} title={t("teams.none")}>
                {t("teams.noneText")}
              </Empty>
            ) : (
              <ul className={listLook}>
                {all.map((one) => (
                  <Line key={one.id} team={one} />
                ))}
              </ul>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Line({ team }: { team: Team }) {
  const { t } = useTranslation("settings");
  const users = useUsers();
  const names = team.userIds.map((id) => users.find((user) => user.id === id)?.name).filter(Boolean);
  return (
    <li className="hover:bg-sunken">
      <Link to="/settings/$section" params={{ section: "teams" }} search={{ id: team.id }} className="block p-3">
        <span className="block truncate font-medium">{team.name}</span>
        <span className="block truncate text-muted text-sm">{names.join(", ") || t("teams.nobody")}</span>
      </Link>
    </li>
  );
}

function TeamPage({ team }: { team?: Team }) {
  const { t } = useTranslation(["settings", "common"]);
  const { list } = usePlace("teams");
  const users = useQuery(queries.users);
  const client = useQueryClient();
  const fresh = () => client.invalidateQueries({ queryKey: ["teams"] });
  async function save(values: Values) {
    const body = { name: values.text("name"), userIds: values.all("member") };
    if (team) await call("PATCH", `/api/teams/${team.id}`, body);
    else await call("POST", "/api/teams", body);
    await fresh();
  }
  async function remove() {
    await call("DELETE", `/api/teams/${team?.id}`);
    await fresh();
  }
  return (
    <>
      <BackLink section="teams" />
      <Heading title={team?.name ?? t("teams.add")} />
      <Loaded query={users}>
        {(all) => (
          <Form
            save={save}
            action={t(team ? "save" : "teams.add")}
            done={t("teams.saved")}
            conflict={t("nameTaken")}
            onDone={list}
            onCancel={list}
          >
            {(wrong) => (
              <>
                <TextField
                  label={t("field.name")}
                  name="name"
                  defaultValue={team?.name}
                  error={wrong("name")}
                  required
                  maxLength={200}
                  autoComplete="off"
                />
                <fieldset className="flex flex-col gap-2">
                  <legend className="mb-1 font-medium text-sm">{t("teams.members")}</legend>
                  {all.map((user) => (
                    <Check
                      key={user.id}
                      name="member"
                      value={user.id}
                      label={user.name}
                      defaultChecked={team?.userIds.includes(user.id)}
                    />
                  ))}
                  {wrong("userIds") && (
                    <p role="alert" className="text-bad text-xs">
                      {wrong("userIds")}
                    </p>
                  )}
                </fieldset>
              </>
            )}
          </Form>
        )}
      </Loaded>
      {team && (
        <Part title={t("teams.delete")}>
          <p className="text-muted text-sm">{t("teams.deleteText")}</p>
          <div>
            <Remove name={team.name} remove={remove} onDone={list}>
              {t("teams.deleteText")}
            </Remove>
          </div>
        </Part>
      )}
    </>
  );
}
