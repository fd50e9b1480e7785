import { usePendingAsks } from "@/api/asks";
import type { ProjectId } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { useNeeds } from "./use-needs";

/** The only amber on the page: how many of the board wait for a person, or elsewhere where none of it does. */
export function NeedsButton({ projectId }: { projectId: ProjectId }) {
  const { open } = useNeeds();
  const asks = usePendingAsks() ?? [];
  const own = asks.filter((ask) => ask.project_id === projectId).length;
  if (asks.length === 0) return null;
  return (
    <Button onClick={() => open()} variant="needs">
      Needs you{own === 0 ? " elsewhere" : ""}
      <span className="font-bold tabular-nums">{own === 0 ? asks.length : own}</span>
      <Kbd>]</Kbd>
    </Button>
  );
}
