import { ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

type SegmentedProps<Value extends string> = {
  label: string;
  value: Value;
  /** One with a `reason` cannot be chosen, and says why. */
  options: readonly { value: Value; label: ReactNode; reason?: string | undefined }[];
  onChange: (value: Value) => void;
  className?: string;
};

/** One of a few, all in view. */
export function Segmented<Value extends string>({ label, value, options, onChange, className }: SegmentedProps<Value>) {
  const choose = (chosen: string) => {
    const option = options.find((candidate) => candidate.value === chosen);
    if (option) onChange(option.value);
  };
  return (
    <ToggleGroup.Root
      aria-label={label}
      className={cn("inline-flex shrink-0 gap-0.5 self-start rounded-md bg-muted p-0.5", className)}
      onValueChange={choose}
      type="single"
      value={value}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          className="inline-flex h-6 items-center gap-1.5 rounded-sm px-2 text-xs font-medium whitespace-nowrap text-muted-foreground hover:text-foreground data-[state=on]:bg-card data-[state=on]:text-foreground data-[state=on]:ring-1 data-[state=on]:ring-border disabled:text-faint-foreground disabled:hover:text-faint-foreground max-md:h-11 max-md:px-4 dark:data-[state=on]:bg-accent dark:data-[state=on]:ring-border-strong"
          disabled={option.reason !== undefined}
          key={option.value}
          title={option.reason}
          value={option.value}
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
