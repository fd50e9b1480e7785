import { Check, ChevronRight } from "lucide-react";
import { DropdownMenu as Primitive } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";
import { Icon } from "./icon";

export const DropdownMenu = Primitive.Root;
export const DropdownMenuTrigger = Primitive.Trigger;
export const DropdownMenuSub = Primitive.Sub;

const surface =
  "z-50 min-w-44 animate-rise overflow-hidden rounded-lg bg-popover p-1 text-popover-foreground shadow-overlay outline-none";
const row =
  "flex h-8 items-center gap-2 rounded-sm px-2 text-sm outline-none select-none data-[disabled]:text-faint-foreground data-[highlighted]:bg-accent data-[state=open]:bg-accent max-md:h-11";

/** The menu's surface. */
export function DropdownMenuContent({ className, ...props }: ComponentProps<typeof Primitive.Content>) {
  return (
    <Primitive.Portal>
      <Primitive.Content align="end" className={cn(surface, className)} sideOffset={4} {...props} />
    </Primitive.Portal>
  );
}

type ItemProps = ComponentProps<typeof Primitive.Item> & { tone?: "plain" | "danger" };

/** One thing that can be done. */
export function DropdownMenuItem({ className, tone = "plain", ...props }: ItemProps) {
  return <Primitive.Item className={cn(row, tone === "danger" && "text-state-failed", className)} {...props} />;
}

/** A line between groups. */
export function DropdownMenuSeparator({ className, ...props }: ComponentProps<typeof Primitive.Separator>) {
  return <Primitive.Separator className={cn("-mx-1 my-1 h-px bg-border", className)} {...props} />;
}

/** What the rows below are about. */
export function DropdownMenuLabel({ className, ...props }: ComponentProps<typeof Primitive.Label>) {
  return <Primitive.Label className={cn("px-2 pt-1.5 pb-1 text-xs text-muted-foreground", className)} {...props} />;
}

type ChoiceProps = Omit<ComponentProps<typeof Primitive.Item>, "children"> & {
  label: string;
  /** What choosing it means. */
  note: ReactNode;
  /** Whether it is in force; left out where nothing is. */
  isChosen?: boolean;
};

/** One of a few, with what it means below its name. */
export function DropdownMenuChoice({ label, note, isChosen, className, ...props }: ChoiceProps) {
  const role = isChosen === undefined ? {} : { role: "menuitemradio", "aria-checked": isChosen };
  return (
    <Primitive.Item
      className={cn(row, "h-auto items-start py-1.5 max-md:h-auto max-md:min-h-11", className)}
      {...role}
      {...props}
    >
      <span className="min-w-0 flex-1">
        <span className="block font-[550]">{label}</span>
        <span className="block text-xs text-muted-foreground">{note}</span>
      </span>
      {isChosen ? <Icon as={Check} className="mt-0.5" /> : null}
    </Primitive.Item>
  );
}

/** A row that opens a further menu. */
export function DropdownMenuSubTrigger({ className, children, ...props }: ComponentProps<typeof Primitive.SubTrigger>) {
  return (
    <Primitive.SubTrigger className={cn(row, className)} {...props}>
      {children}
      <Icon as={ChevronRight} className="ml-auto text-faint-foreground" />
    </Primitive.SubTrigger>
  );
}

/** The surface of a further menu. */
export function DropdownMenuSubContent({ className, ...props }: ComponentProps<typeof Primitive.SubContent>) {
  return (
    <Primitive.Portal>
      <Primitive.SubContent className={cn(surface, className)} sideOffset={6} {...props} />
    </Primitive.Portal>
  );
}
