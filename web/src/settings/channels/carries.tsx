// What a network carries, as a short table.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Network } from "../../api/types";
import { Part } from "../parts/section";

export function Carries({ network }: { network: Network }) {
  const { t, i18n } = useTranslation("settings");
  const types = (all: string[]) => all.map((one) => t(`type.${one}`, one)).join(", ");
  const deeds = (all: string[]) => all.map((one) => t(`does.${one}`, one)).join(", ") || "–";
  const size = (bytes: number) =>
    new Intl.NumberFormat(i18n.language, {
      style: "unit",
      unit: "megabyte",
      maximumFractionDigits: bytes < 1 << 20 ? 1 : 0,
    }).format(bytes / (1 << 20));
  const count = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  return (
    <Part title={t("carries.title")}>
      <div className="overflow-x-auto rounded-xl border bg-surface">
        <table className="w-full text-left text-sm">
          <tbody className="divide-y">
            <Row name={t("carries.sends")}>{types(network.sends)}</Row>
            <Row name={t("carries.receives")}>{types(network.receives)}</Row>
            <Row name={t("carries.does")}>{deeds(network.does)}</Row>
            <Row name={t("carries.reports")}>{deeds(network.reports)}</Row>
            <Row name={t("carries.text")}>{count(network.textLimit)}</Row>
            <Row name={t("carries.files")}>
              {network.files.map((rule) => `${t(`type.${rule.type}`, rule.type)} ${size(rule.maxBytes)}`).join(", ")}
            </Row>
            <Row name={t("carries.window")}>
              {network.windowHours === null
                ? t("carries.always")
                : t("carries.hours", { count: Number(network.windowHours) })}
            </Row>
            <Row name={t("carries.opens")}>{t(network.opensChats ? "yes" : "no")}</Row>
          </tbody>
        </table>
      </div>
    </Part>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <tr className="align-top">
      <th scope="row" className="w-2/5 p-2.5 font-medium text-muted sm:w-56">
        {name}
      </th>
      <td className="p-2.5">{children}</td>
    </tr>
  );
}
