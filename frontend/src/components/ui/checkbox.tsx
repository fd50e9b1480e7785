import { Checkbox as Primitive } from "radix-ui";
import { Check } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** A box that is ticked or not. */
export function Checkbox({ className, ...props }: ComponentProps<typeof Primitive.Root>) {
  return (
    <Primitive.Root
      className={cn(
        "inline-flex size-3.5 shrink-0 items-center justify-center rounded-xs border-[1.5px] border-input data-[state=checked]:border-primary data-[state=checked]:bg-primary data-[state=checked]:text-primary-foreground",
        className,
      )}
      {...props}
    >
      <Primitive.Indicator>
        <Check aria-hidden size={10} strokeWidth={3} />
      </Primitive.Indicator>
    </Primitive.Root>
  );
}
