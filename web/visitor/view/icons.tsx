// The page's few pictures, drawn with the colour of the text around them.
import type { ComponentChildren } from "preact";

function Icon({ size = 20, children }: { size?: number; children: ComponentChildren }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      {children}
    </svg>
  );
}

const drawn = (path: string, size?: number) => () => (
  <Icon size={size}>
    <path d={path} />
  </Icon>
);

export const ChatIcon = drawn(
  "M12 4c4.7 0 8.5 3.1 8.5 7s-3.8 7-8.5 7c-.9 0-1.8-.1-2.6-.3L5 20l.8-3.7C4.4 15 3.5 13.1 3.5 11c0-3.9 3.8-7 8.5-7z",
  22,
);
export const CloseIcon = drawn("M6 6l12 12M18 6L6 18");
export const SendIcon = drawn("M5 12l14-7-5 15-3.5-6z");
export const ClipIcon = drawn(
  "M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7L9.8 17a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6",
  22,
);
export const FileIcon = drawn("M7 3h7l5 5v13H7zM14 3v5h5", 22);
export const PinIcon = drawn(
  "M12 21s7-6 7-11a7 7 0 0 0-14 0c0 5 7 11 7 11zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  22,
);
export const DownIcon = drawn("M12 5v14M6 13l6 6 6-6", 18);
export const CloudIcon = drawn(
  "M4 4l16 16M9.5 6.4A6 6 0 0 1 17.7 11 4 4 0 0 1 20 17.5M15.5 19H7a4.5 4.5 0 0 1-.8-8.9",
  18,
);
export const LockIcon = drawn("M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3", 26);
const ClockIcon = drawn("M12 8v4.5l2.5 1.5M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z", 14);
const TickIcon = drawn("M5 12.5l4.5 4.5L19 7.5", 14);
const TicksIcon = drawn("M2 12.5l4.5 4.5L15 8.5M11.5 16l1 1L21 8.5", 16);

export type Step = "queued" | "sending" | "sent" | "delivered" | "read";

/** How far a message has come; the words beside it are for those who do not see it. */
export function StepIcon({ step }: { step: Step }) {
  if (step === "queued" || step === "sending") return <ClockIcon />;
  return step === "sent" ? <TickIcon /> : <TicksIcon />;
}
