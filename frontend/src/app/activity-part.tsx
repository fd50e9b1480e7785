import ActivityTab from "@/features/activity/activity-tab";
import { AskCard } from "@/features/approvals/components/ask-card";
import { AskDock } from "@/features/approvals/components/ask-dock";
import Composer from "@/features/conversation/composer";
import type { AttemptTabProps } from "@/features/task-panel/task-panel";
import { useIsNarrow } from "@/lib/use-media";

/** The log with what waits in its place, and the box for messages below. On a phone what waits is docked above that. */
export default function ActivityPart({ attempt, view, waitsFor, find, onView }: AttemptTabProps) {
  const isNarrow = useIsNarrow();
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="min-h-0 flex-1">
        <ActivityTab
          ask={view.ask}
          attempt={attempt}
          event={view.event}
          find={find}
          onEvent={(event) => onView({ tab: "activity", event })}
          renderAsk={
            isNarrow
              ? undefined
              : (row) => (
                  <AskCard
                    agentName={attempt.agent_name}
                    id={row.type === "approval" ? row.approval_id : row.question_id}
                    type={row.type}
                  />
                )
          }
          waitsFor={waitsFor}
        />
      </div>
      {isNarrow ? <AskDock attempt={attempt} /> : null}
      <Composer attempt={attempt} />
    </div>
  );
}
