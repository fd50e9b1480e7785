import { useNavigate } from "@tanstack/react-router";
import GatesTab from "@/features/gates/gates-tab";
import type { AttemptTabProps } from "@/features/task-panel/task-panel";
import { useBoardScope } from "./board-scope";
import { useShell } from "./shell-actions";

/** The gates of an attempt, with the way to the project's settings. */
export default function GatesPart({ attempt, onView }: AttemptTabProps) {
  const { project } = useBoardScope();
  const { keyOf } = useShell();
  const navigate = useNavigate();
  return (
    <GatesTab
      attempt={attempt}
      onSent={() => onView({ tab: "activity", attempt: undefined })}
      onSettings={() =>
        void navigate({
          to: "/p/$project/settings/$section",
          params: { project: keyOf(project.id), section: "gates" },
        })
      }
    />
  );
}
