/** What the menus of a phone hold. */
import { useNavigate } from "@tanstack/react-router";
import { DropdownMenuContent, DropdownMenuItem, DropdownMenuSeparator } from "@/components/ui/dropdown-menu";
import { ProjectInitial } from "@/features/projects/project-initial";
import { projectKey } from "@/lib/paths";
import { useShell } from "./shell-actions";
import { useOpenSettings } from "./use-open-settings";

/** The projects, and the way to a new one. */
export function ProjectMenuItems() {
  const { projects, openDialog } = useShell();
  const navigate = useNavigate();
  return (
    <DropdownMenuContent align="start">
      {projects.map((other) => (
        <DropdownMenuItem
          key={other.id}
          onSelect={() => void navigate({ to: "/p/$project", params: { project: projectKey(other, projects) } })}
        >
          <ProjectInitial project={other} />
          {other.name}
        </DropdownMenuItem>
      ))}
      <DropdownMenuSeparator />
      <DropdownMenuItem onSelect={() => openDialog("add_project")}>Add project…</DropdownMenuItem>
    </DropdownMenuContent>
  );
}

/** What the foot of the board leads to. */
export function MobileMenuItems({ onNew }: { onNew: () => void }) {
  const { openDialog } = useShell();
  return (
    <DropdownMenuContent>
      <DropdownMenuItem onSelect={onNew}>New task with details…</DropdownMenuItem>
      <DropdownMenuSeparator />
      <DropdownMenuItem onSelect={useOpenSettings()}>Settings</DropdownMenuItem>
      <DropdownMenuItem onSelect={() => openDialog("shortcuts")}>Shortcuts</DropdownMenuItem>
    </DropdownMenuContent>
  );
}
