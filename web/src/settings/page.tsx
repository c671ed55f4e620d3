// The settings: sections at the side, one of them open. On phones the list comes first.
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft, Lock } from "lucide-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../app/me";
import type { SettingSearch } from "../app/router";
import { cn } from "../ui/cn";
import { Empty } from "../ui/states";
import { ApiKeysSection } from "./api-keys";
import { ChannelsSection } from "./channels/section";
import { LabelsSection } from "./labels";
import { NotificationsSection } from "./notifications";
import { ProfileSection } from "./profile";
import { QuickRepliesSection } from "./quick-replies";
import { type Section, type SectionId, sectionNamed, sectionsOf } from "./sections";
import { SystemSection } from "./system";
import { TeamsSection } from "./teams";
import { UsersSection } from "./users/section";

const CONTENT: Record<SectionId, ComponentType> = {
  profile: ProfileSection,
  notifications: NotificationsSection,
  channels: ChannelsSection,
  users: UsersSection,
  teams: TeamsSection,
  labels: LabelsSection,
  "quick-replies": QuickRepliesSection,
  "api-keys": ApiKeysSection,
  system: SystemSection,
};

export function SettingsPage() {
  const { t } = useTranslation(["settings", "common"]);
  const me = useMe();
  const { section: asked } = useParams({ strict: false });
  const { id, add } = useSearch({ strict: false }) as SettingSearch;
  const mine = sectionsOf(me);
  const section = asked ? sectionNamed(asked) : mine[0];
  return (
    <div className="flex min-h-0 flex-1">
      <nav
        aria-label={t("sections")}
        className={cn(
          "w-full shrink-0 overflow-y-auto border-r bg-surface p-3 md:block md:w-56",
          asked ? "hidden" : "block",
        )}
      >
        <p className="px-2 pt-1 pb-2 font-semibold text-lg md:text-base">{t("nav.settings")}</p>
        <Sections title={t("sections.own")} sections={mine.filter(({ own }) => own)} current={section} />
        <Sections title={t("sections.shared")} sections={mine.filter(({ own }) => !own)} current={section} />
      </nav>
      <div className={cn("min-w-0 flex-1 overflow-y-auto md:block", asked ? "block" : "hidden")} tabIndex={-1}>
        <div className="mx-auto flex max-w-4xl flex-col gap-5 p-4 md:p-6">
          {!id && !add && (
            <Link
              to="/settings"
              className="inline-flex h-11 w-fit items-center gap-1 text-muted text-sm hover:text-text md:hidden"
            >
              <ArrowLeft className="size-4" aria-hidden />
              {t("nav.settings")}
            </Link>
          )}
          <Content section={section} key={section?.id} />
        </div>
      </div>
    </div>
  );
}

function Content({ section }: { section: Section | undefined }) {
  const { t } = useTranslation("settings");
  const me = useMe();
  if (!section) return <Empty title={t("noSection")} />;
  if (!may(me, section.role)) {
    return (
      <Empty icon={<Lock className="size-6" aria-hidden />} title={t(`section.${section.id}`)}>
        {t(`only.${section.role}`)}
      </Empty>
    );
  }
  const Component = CONTENT[section.id];
  return <Component />;
}

function Sections({ title, sections, current }: { title: string; sections: Section[]; current: Section | undefined }) {
  const { t } = useTranslation("settings");
  return (
    <>
      <p className="mt-2 px-2 py-1 text-muted text-xs">{title}</p>
      <ul>
        {sections.map(({ id, icon: Icon }) => (
          <li key={id}>
            <Link
              to="/settings/$section"
              params={{ section: id }}
              aria-current={current?.id === id ? "page" : undefined}
              className="flex h-11 items-center gap-2.5 rounded-lg px-2 text-sm hover:bg-sunken aria-[current=page]:font-medium md:h-9 md:aria-[current=page]:bg-accent-soft md:aria-[current=page]:text-accent"
            >
              <Icon className="size-4 shrink-0" aria-hidden />
              {t(`section.${id}`)}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
