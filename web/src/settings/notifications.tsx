// What calls me when a customer writes: a sound and the desktop's notifications, on this device.
import { BellRing } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Attention, askDesktop, attention, desktopPermission } from "../app/attention";
import { ring, unlockSound } from "../app/ring";
import { useStore } from "../live/store";
import { Button } from "../ui/button";
import { Switch } from "../ui/switch";
import { Choice } from "./parts/choice";
import { Heading } from "./parts/section";

const ABOUT: Attention["about"][] = ["all", "mine", "none"];

export function NotificationsSection() {
  const { t } = useTranslation("settings");
  const { sound, desktop, about } = useStore(attention);
  const [permission, setPermission] = useState(desktopPermission);
  const allowed = desktop && permission === "granted";
  async function setDesktop(on: boolean) {
    if (on && permission !== "granted") setPermission(await askDesktop());
    else attention.setDesktop(on);
  }
  async function test() {
    if (sound) {
      await unlockSound();
      ring();
    }
    if (allowed) new Notification(t("notify.testTitle"), { body: t("notify.testText") });
  }
  return (
    <>
      <Heading title={t("section.notifications")} text={t("notify.text")} />
      <div className="flex max-w-xl flex-col gap-5">
        <Switch label={t("notify.sound")} checked={sound} onChange={attention.setSound} />
        <Switch
          label={t("notify.desktop")}
          hint={t(`notify.desktop.${permission}`)}
          checked={allowed}
          onChange={setDesktop}
        />
        <Choice
          label={t("notify.about")}
          name="about"
          value={about}
          onChange={(next) => attention.setAbout(next as Attention["about"])}
          options={ABOUT.map((value) => ({
            value,
            label: t(`notify.about.${value}`),
            hint: t(`notify.about.${value}.hint`),
          }))}
        />
        <div className="flex flex-wrap items-center gap-3">
          <Button onClick={test} disabled={!sound && !allowed}>
            <BellRing className="size-4" aria-hidden />
            {t("notify.test")}
          </Button>
          {!sound && !allowed && <span className="text-muted text-sm">{t("notify.nothing")}</span>}
        </div>
      </div>
    </>
  );
}
