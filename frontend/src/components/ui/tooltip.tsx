import { Tooltip as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { Kbd } from "./kbd";

export const TooltipProvider = Primitive.Provider;

type TooltipProps = { label: ReactNode; keys?: string; children: ReactNode };

/** Names what an icon does; the icon's own label must say the same. */
export function Tooltip({ label, keys, children }: TooltipProps) {
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          className="z-50 flex max-w-80 animate-rise items-center gap-2 rounded-md bg-popover px-2 py-1 text-xs text-popover-foreground shadow-overlay"
          sideOffset={6}
        >
          {label}
          {keys ? <Kbd>{keys}</Kbd> : null}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
