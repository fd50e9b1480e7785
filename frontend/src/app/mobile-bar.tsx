import { ChevronDown, Menu, Search } from "lucide-react";
import { lazy, useState } from "react";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { LateMenu } from "@/components/ui/late-menu";
import { SearchField, type TopBarProps } from "@/features/board/components/top-bar";
import { ProjectInitial } from "@/features/projects/project-initial";

const ProjectMenuItems = lazy(async () => ({ default: (await import("./mobile-menus")).ProjectMenuItems }));
const MobileMenuItems = lazy(async () => ({ default: (await import("./mobile-menus")).MobileMenuItems }));

/** The top bar of a phone: project and search. */
export function MobileBar(props: TopBarProps) {
  const [isSearching, setIsSearching] = useState(props.query !== "");
  return (
    <>
      <header className="flex h-13 shrink-0 items-center gap-1 pr-2 pl-2">
        <ProjectMenu {...props} />
        <span className="flex-1" />
        {props.needs}
        <Button
          aria-expanded={isSearching}
          aria-label="Search or filter"
          onClick={() => setIsSearching(!isSearching)}
          size="icon"
          variant="ghost"
        >
          <Icon as={Search} size={18} />
        </Button>
      </header>
      {isSearching ? (
        <div className="flex items-center gap-2 px-3 pb-2">
          <SearchField onQuery={props.onQuery} query={props.query} />
          {props.hidden > 0 ? (
            <span className="text-xs whitespace-nowrap text-faint-foreground">{props.hidden} hidden</span>
          ) : null}
        </div>
      ) : null}
    </>
  );
}

function ProjectMenu({ project }: TopBarProps) {
  return (
    <LateMenu
      trigger={
        <button className="flex h-11 min-w-0 items-center gap-2 rounded-md px-2" type="button">
          <ProjectInitial project={project} />
          <h1 className="truncate text-[16px] font-semibold tracking-[-0.01em]">{project.name}</h1>
          <Icon as={ChevronDown} />
        </button>
      }
    >
      <ProjectMenuItems />
    </LateMenu>
  );
}

/** The menu at the foot of a phone's board: what has no room anywhere else. */
export function MobileMenu({ onNew }: { onNew: () => void }) {
  return (
    <LateMenu
      trigger={
        <Button aria-label="Menu" size="icon">
          <Icon as={Menu} size={18} />
        </Button>
      }
    >
      <MobileMenuItems onNew={onNew} />
    </LateMenu>
  );
}
