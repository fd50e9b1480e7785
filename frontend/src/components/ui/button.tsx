import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const button = cva(
  "group/button inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors select-none disabled:border-border disabled:bg-muted disabled:text-faint-foreground aria-disabled:border-border aria-disabled:bg-muted aria-disabled:text-faint-foreground",
  {
    variants: {
      variant: {
        secondary: "border-border-strong bg-secondary text-secondary-foreground not-disabled:hover:bg-accent",
        primary: "border-primary bg-primary text-primary-foreground not-disabled:hover:bg-primary/90",
        ghost:
          "border-transparent bg-transparent text-muted-foreground not-disabled:hover:bg-accent not-disabled:hover:text-foreground data-[state=open]:bg-accent disabled:border-transparent disabled:bg-transparent",
        danger: "border-border-strong bg-secondary text-state-failed not-disabled:hover:bg-state-failed-surface",
        destructive:
          "border-destructive bg-destructive text-destructive-foreground not-disabled:hover:bg-destructive/90",
        needs:
          "border-needs-you bg-needs-you font-semibold text-needs-you-foreground not-disabled:hover:bg-needs-you/90",
      },
      size: {
        md: "h-7 px-2.5 text-sm max-md:h-11 max-md:px-3 max-md:text-base",
        sm: "h-6 px-2 text-xs max-md:h-11 max-md:px-3 max-md:text-sm",
        icon: "size-7 p-0 max-md:size-11",
        "icon-sm": "size-6 p-0 max-md:size-11",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

export type ButtonProps = ComponentProps<"button"> & VariantProps<typeof button> & { asChild?: boolean };

/** A button. Only one `primary` may be in view of one decision; `needs` is for what waits for a person. */
export function Button({ className, variant, size, asChild = false, type = "button", ...props }: ButtonProps) {
  const classes = cn(button({ variant, size }), className);
  if (asChild) return <Slot.Root className={classes} data-variant={variant} {...props} />;
  return <button className={classes} data-variant={variant} type={type} {...props} />;
}
