import { useTranslation } from "react-i18next";
import { number } from "../i18n/numbers";
import { duration } from "../i18n/time";
import { Mark } from "../ui/mark";
import type { Monitoring } from "./history";

type Node = Monitoring["nodes"][number];

/** The processes that serve; one that lives and does not answer is marked, since its figures are missing everywhere. */
export function Nodes({ nodes }: { nodes: Node[] }) {
  const { t } = useTranslation("monitoring");
  return (
    <section aria-label={t("nodes")} className="flex min-w-0 flex-col gap-2 rounded-xl border bg-surface p-4">
      <h2 className="font-semibold text-sm">{t("nodes")}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={t("nodes")}>
        <table className="w-full whitespace-nowrap text-right text-sm tabular-nums">
          <thead>
            <tr className="text-muted text-xs">
              <th scope="col" className="p-2 text-left font-medium">
                {t("node")}
              </th>
              <th scope="col" className="p-2 text-left font-medium">
                {t("node.state")}
              </th>
              <th scope="col" className="p-2 font-medium">
                {t("connections")}
              </th>
              <th scope="col" className="p-2 font-medium">
                {t("uptime")}
              </th>
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <tr key={node.id} className="border-t">
                <th scope="row" title={node.id} className="p-2 text-left font-mono font-normal text-xs">
                  …{node.id.slice(-12)}
                </th>
                <td className="p-2 text-left">
                  <Mark look={node.answered ? "good" : "bad"}>{t(node.answered ? "node.answers" : "node.silent")}</Mark>
                </td>
                <td className="p-2">{node.answered ? number(node.connections.total) : "—"}</td>
                <td className="p-2">{duration(node.uptimeSeconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
