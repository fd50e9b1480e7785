import { RotateCcw } from "lucide-react";
import { retryFeed, useFeedReport } from "@/api/board-feed";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { formatCount } from "@/lib/format";

/** Says that the page is cut off, and afterwards what it missed. */
export function OfflineStrip() {
  const report = useFeedReport();
  const isCutOff = report.status !== "open" && report.hasBeenOpen;
  if (!isCutOff && report.status !== "down" && report.missed === 0) return null;
  return (
    <div
      className="flex h-8 shrink-0 items-center gap-2 border-b bg-muted px-4 text-xs text-muted-foreground max-md:h-11"
      role="status"
    >
      {report.status === "open" ? (
        `${formatCount(report.missed, "change")} while away`
      ) : (
        <>
          <Icon as={RotateCcw} />
          <span className="flex-1">reconnecting… agents go on without this page</span>
          <Button onClick={retryFeed} size="sm" variant="ghost">
            Try now
          </Button>
        </>
      )}
    </div>
  );
}
