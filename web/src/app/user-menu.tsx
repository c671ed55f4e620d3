import { useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { signOut } from "../api/session";
import { isLanguage, LANGUAGES, speak } from "../i18n";
import { useStore } from "../live/store";
import { Avatar } from "../ui/avatar";
import { Menu, MenuCheck, MenuItem, MenuLabel, MenuLine } from "../ui/menu";
import { useMe } from "./me";
import { type Theme, theme } from "./theme";

const THEMES: Theme[] = ["system", "light", "dark"];

export function UserMenu() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const router = useRouter();
  const chosen = useStore(theme);
  return (
    <Menu
      align="end"
      trigger={
        <button
          type="button"
          aria-label={t("me.menu", { name: me.name })}
          className="rounded-full p-0.5 hover:bg-sunken"
        >
          <Avatar seed={me.id} name={me.name} />
        </button>
      }
    >
      <MenuLabel>
        <span className="block font-medium text-sm text-text">{me.name}</span>
        {me.email}
      </MenuLabel>
      <MenuItem onSelect={() => void router.navigate({ to: "/settings/$section", params: { section: "profile" } })}>
        {t("me.profile")}
      </MenuItem>
      <MenuLine />
      <MenuLabel>{t("theme.title")}</MenuLabel>
      {THEMES.map((one) => (
        <MenuCheck key={one} checked={chosen === one} onChange={() => theme.set(one)}>
          {t(`theme.${one}`)}
        </MenuCheck>
      ))}
      <MenuLine />
      <MenuLabel>{t("language")}</MenuLabel>
      {Object.entries(LANGUAGES).map(([code, name]) => (
        <MenuCheck key={code} checked={i18n.language === code} onChange={() => isLanguage(code) && void speak(code)}>
          {name}
        </MenuCheck>
      ))}
      <MenuLine />
      <MenuItem onSelect={() => void signOut()}>{t("me.signOut")}</MenuItem>
    </Menu>
  );
}
