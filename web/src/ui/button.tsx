import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./cn";
import { tip } from "./tip";

const looks = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-lg font-medium transition-colors disabled:pointer-events-none disabled:opacity-50 aria-disabled:opacity-50",
  {
    variants: {
      look: {
        primary: "bg-accent text-on-accent hover:bg-accent-strong",
        plain: "border border-line bg-surface text-text hover:bg-sunken",
        quiet: "text-muted hover:bg-sunken hover:text-text",
        danger: "bg-bad text-surface hover:opacity-90",
      },
      size: { small: "h-7 px-2 text-[0.8125rem]", medium: "h-9 px-3 text-sm", large: "h-11 px-4 text-base" },
    },
    defaultVariants: { look: "plain", size: "medium" },
  },
);

type ButtonProps = ComponentProps<"button"> & VariantProps<typeof looks> & { busy?: boolean };

export function Button({ look, size, busy, className, children, type = "button", disabled, ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={cn(looks({ look, size }), className)}
      disabled={disabled || busy}
      aria-busy={busy}
      {...rest}
    >
      {busy && <LoaderCircle className="size-4 animate-spin" aria-hidden />}
      {children}
    </button>
  );
}

type IconButtonProps = Omit<ButtonProps, "children"> & { label: string; keys?: string; children: ReactNode };

/** A button that shows a picture; `label` is its name and its tooltip, `keys` the shortcut that does the same. */
export function IconButton({
  label,
  keys,
  className,
  size = "medium",
  look = "quiet",
  children,
  ...rest
}: IconButtonProps) {
  const side = { small: "size-7", medium: "size-9", large: "size-11" }[size ?? "medium"];
  return (
    <Button aria-label={label} look={look} className={cn("px-0", side, className)} {...tip(label, keys)} {...rest}>
      {children}
    </Button>
  );
}
