import { Bot, ChevronDown } from "lucide-react";
import { setAttemptMode } from "@/api/attempts";
import type { Attempt, PermissionMode } from "@/api/generated/types";
import {
  DropdownMenu,
  DropdownMenuChoice,
  DropdownMenuContent,
  DropdownMenuLabel,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { modeNames, modeNotes, modes } from "@/lib/modes";
import { usePanel } from "../hooks/use-panel";

/** Who works, and what it may do unasked; where the server allows it, that can be changed while it works. */
export function AgentMode({ attempt }: { attempt: Attempt }) {
  const words = `${attempt.agent_name} · ${modeNames[attempt.mode].toLowerCase()}`;
  if (!attempt.allowed_actions.includes("set_mode")) {
    return (
      <span className="flex items-center gap-1.5 whitespace-nowrap">
        <Icon as={Bot} size={13} />
        {words}
      </span>
    );
  }
  return (
    <DropdownMenu>
      <DropdownMenuTrigger
        aria-label={`${words}, change the mode`}
        className="-mx-1 flex items-center gap-1.5 relative rounded-xs px-1 whitespace-nowrap hover:bg-accent hover:text-foreground max-md:after:absolute max-md:after:inset-x-0 max-md:after:-inset-y-3.5"
      >
        <Icon as={Bot} size={13} />
        {words}
        <Icon as={ChevronDown} size={12} />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start" className="w-84 max-w-[calc(100vw-16px)]">
        <ModeChoices attempt={attempt} />
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function ModeChoices({ attempt }: { attempt: Attempt }) {
  const { run } = usePanel();
  const isRunning = attempt.ended_at === null && attempt.started_at !== null;
  const choose = (mode: PermissionMode) => {
    if (mode === attempt.mode) return;
    run("The mode was not changed", async () => void (await setAttemptMode(attempt.id, { mode })));
  };
  return (
    <>
      <DropdownMenuLabel>
        {isRunning ? "What it may do unasked, from its next call on" : "What it may do unasked when it goes on"}
      </DropdownMenuLabel>
      {modes.map((mode) => (
        <DropdownMenuChoice
          isChosen={mode === attempt.mode}
          key={mode}
          label={modeNames[mode]}
          note={modeNotes[mode]}
          onSelect={() => choose(mode)}
        />
      ))}
    </>
  );
}
