import { useQuery } from "@tanstack/react-query";
import { readEvents } from "@/api/attempts";
import type { AttemptId } from "@/api/generated/types";
import { Skeleton } from "@/components/ui/skeleton";
import { ToolGlance } from "./components/tool-row";
import { AttemptLog, type ToolRow } from "./model";

const readLimit = 80;
const shownCalls = 2;
const wholeMax = 2_147_483_647;

type JustBeforeProps = {
  attemptId: AttemptId;
  /** When the agent asked. */
  askedAt: string;
  /** The call that waits, which is not one that went before. */
  toolUseId: string | null;
  worktree: string | null;
};

/** The last calls that an agent made before it asked. */
export default function JustBefore({ attemptId, askedAt, toolUseId, worktree }: JustBeforeProps) {
  const log = useQuery({
    queryKey: ["just_before", attemptId, askedAt],
    queryFn: async ({ signal }) => {
      const log = new AttemptLog();
      log.append((await readEvents(attemptId, { before: wholeMax, limit: readLimit }, signal)).items);
      return { rows: log.rows, isWhole: (log.firstSeq ?? 1) <= 1 };
    },
  }).data;
  const calls = (log?.rows ?? [])
    .filter((row): row is ToolRow => row.type === "tool" && row.result !== undefined && row.ts <= askedAt)
    .filter((row) => row.call !== undefined && row.call.tool_use_id !== toolUseId)
    .slice(-shownCalls);
  if (log === undefined) return <Skeleton className="h-7 w-2/3" />;
  if (calls.length === 0) {
    const text = log.isWhole ? "This is the first thing that it does." : `No call in its last ${readLimit} entries.`;
    return <p className="text-muted-foreground">{text}</p>;
  }
  return (
    <div className="rounded-md border px-3 py-1">
      {calls.map((row) => (
        <ToolGlance key={row.key} row={row} worktree={worktree} />
      ))}
    </div>
  );
}
