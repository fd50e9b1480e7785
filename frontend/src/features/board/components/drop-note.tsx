import { Ban, Clock, Play, type LucideIcon } from "lucide-react";
import { Icon } from "@/components/ui/icon";
import { cn } from "@/lib/cn";
import type { DropForecast } from "../model";

const icons: Record<DropForecast["tone"], LucideIcon> = { run: Play, queue: Clock, refused: Ban };

/** What a drop here will do, while a card hovers over the lane. It takes the foot's place, so that no card shifts. */
export function DropNote({ forecast }: { forecast: DropForecast }) {
  return (
    <p
      className={cn(
        "flex h-9 items-center gap-2 rounded-md border border-dashed px-3 font-medium first-letter:uppercase",
        forecast.tone === "refused"
          ? "border-border-strong bg-card text-muted-foreground"
          : "border-ring bg-state-running-surface text-state-running",
      )}
    >
      <Icon as={icons[forecast.tone]} />
      <span className="truncate first-letter:uppercase">{forecast.text}</span>
    </p>
  );
}
