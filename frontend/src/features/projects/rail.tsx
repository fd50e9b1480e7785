import { Keyboard, type LucideIcon, PanelLeft, Plus, Settings } from "lucide-react";
import type { ReactNode } from "react";
import type { Project } from "@/api/generated/types";
import { Wordmark } from "@/components/wordmark";
import { Button } from "@/components/ui/button";
import { CountBadge } from "@/components/ui/count-badge";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { ProjectInitial } from "./project-initial";

export type RailProps = {
  projects: readonly Project[];
  openId: string | undefined;
  isSlim: boolean;
  onSlim: (isSlim: boolean) => void;
  onOpen: (project: Project) => void;
  href: (project: Project) => string;
  onAdd: () => void;
  onSettings: () => void;
  onShortcuts: () => void;
  /** How many wait for a person in each project. */
  needs: ReadonlyMap<string, number>;
  /** Facts about the open board, at the foot. */
  foot: ReactNode;
};

/** The rail: projects, settings, keys. */
export function Rail(props: RailProps) {
  const { isSlim } = props;
  return (
    <nav
      aria-label="Projects"
      className={cn("flex shrink-0 flex-col border-r bg-sidebar px-2 pb-2 max-md:hidden", isSlim ? "w-12" : "w-50")}
    >
      <RailTop isSlim={isSlim} onSlim={props.onSlim} />
      {isSlim ? null : <h2 className="px-2 pt-2 pb-1 text-2xs font-medium text-faint-foreground">Projects</h2>}
      <ul className="-mx-px flex min-h-0 flex-col gap-0.5 overflow-y-auto p-px">
        {props.projects.map((project) => (
          <ProjectRow key={project.id} project={project} rail={props} />
        ))}
        <li>
          <RailButton icon={Plus} isMuted isSlim={isSlim} label="Add project" onClick={props.onAdd} />
        </li>
      </ul>
      <span className="flex-1" />
      <RailButton icon={Settings} isSlim={isSlim} label="Settings" onClick={props.onSettings} />
      <RailButton icon={Keyboard} isSlim={isSlim} keys="?" label="Shortcuts" onClick={props.onShortcuts} />
      {isSlim || props.foot === null ? null : (
        <div className="mt-2 flex justify-between border-t px-2 pt-2 text-2xs text-faint-foreground tabular-nums">
          {props.foot}
        </div>
      )}
    </nav>
  );
}

function RailTop({ isSlim, onSlim }: Pick<RailProps, "isSlim" | "onSlim">) {
  const label = isSlim ? "Widen the rail" : "Collapse the rail";
  return (
    <div className={cn("flex h-12 shrink-0 items-center", isSlim ? "justify-center" : "justify-between pl-2")}>
      {isSlim ? null : <Wordmark />}
      <Tooltip label={label}>
        <Button aria-label={label} onClick={() => onSlim(!isSlim)} size="icon-sm" variant="ghost">
          <Icon as={PanelLeft} />
        </Button>
      </Tooltip>
    </div>
  );
}

const row = "flex h-8 w-full items-center gap-2 rounded-md px-2 text-left text-sm font-[450] text-sidebar-foreground";

function ProjectRow({ project, rail }: { project: Project; rail: RailProps }) {
  const isOpen = project.id === rail.openId;
  const count = rail.needs.get(project.id) ?? 0;
  const link = (
    <a
      aria-current={isOpen ? "page" : undefined}
      aria-label={rail.isSlim ? `${project.name}${count > 0 ? `, ${count} need you` : ""}` : undefined}
      className={cn(
        row,
        rail.isSlim && "relative justify-center px-0",
        isOpen ? "bg-card font-[550] text-foreground ring-1 ring-border dark:bg-muted" : "hover:bg-accent",
      )}
      href={rail.href(project)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        rail.onOpen(project);
      }}
    >
      <ProjectInitial project={project} />
      {rail.isSlim ? null : <span className="min-w-0 flex-1 truncate">{project.name}</span>}
      <CountBadge
        count={count}
        label="need you"
        {...(rail.isSlim ? { className: "absolute -top-0.5 -right-0.5 ring-2 ring-sidebar" } : {})}
      />
    </a>
  );
  return <li>{rail.isSlim ? <Tooltip label={project.name}>{link}</Tooltip> : link}</li>;
}

type RailButtonProps = {
  icon: LucideIcon;
  label: string;
  keys?: string;
  isSlim: boolean;
  isMuted?: boolean;
  onClick: () => void;
};

function RailButton({ icon, label, keys, isSlim, isMuted = false, onClick }: RailButtonProps) {
  const button = (
    <button
      aria-label={label}
      className={cn(row, "hover:bg-accent", isSlim && "justify-center px-0", isMuted && "text-muted-foreground")}
      onClick={onClick}
      type="button"
    >
      <span className={cn("flex justify-center", !isMuted && "w-5")}>
        <Icon as={icon} size={16} />
      </span>
      {isSlim ? null : <span className="flex-1">{label}</span>}
      {keys && !isSlim ? <Kbd>{keys}</Kbd> : null}
    </button>
  );
  if (!isSlim) return button;
  return (
    <Tooltip label={label} {...(keys ? { keys } : {})}>
      {button}
    </Tooltip>
  );
}
