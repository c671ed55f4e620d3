// Keeps the panel's place until it is loaded, so that nothing jumps.
import { useStore } from "../../live/store";
import { useMedia } from "../../ui/media";
import { panelOpen, WIDE } from "./open";

export function PanelSpace() {
  const open = useStore(panelOpen);
  const wide = useMedia(WIDE);
  return open && wide ? <div className="w-80 shrink-0 border-l bg-surface" /> : null;
}
