import { Select } from "@/components/ui/field";
import { cn } from "@/lib/cn";

export type SettingsEntry = { key: string; label: string; href: string };
export type SettingsGroup = { title: string; entries: readonly SettingsEntry[] };
type SettingsNavProps = {
  groups: readonly SettingsGroup[];
  current: string;
  isNarrow: boolean;
  onOpen: (entry: SettingsEntry) => void;
};

/** The sections of the settings: a list at the left, a choice at the top of a phone. */
export function SettingsNav(props: SettingsNavProps) {
  return props.isNarrow ? <SectionChoice {...props} /> : <SectionList {...props} />;
}

function SectionList({ groups, current, onOpen }: SettingsNavProps) {
  return (
    <nav aria-label="Settings" className="flex w-52 shrink-0 flex-col gap-4 overflow-y-auto border-r px-2 py-4">
      {groups.map((group) => (
        <section key={group.title}>
          <h2 className="truncate px-2 pb-1 text-2xs font-medium text-faint-foreground" title={group.title}>
            {group.title}
          </h2>
          <ul className="flex flex-col gap-0.5">
            {group.entries.map((entry) => (
              <li key={entry.key}>
                <SectionLink entry={entry} isCurrent={entry.key === current} onOpen={onOpen} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

type SectionLinkProps = { entry: SettingsEntry; isCurrent: boolean; onOpen: (entry: SettingsEntry) => void };

function SectionLink({ entry, isCurrent, onOpen }: SectionLinkProps) {
  return (
    <a
      aria-current={isCurrent ? "page" : undefined}
      className={cn(
        "flex h-8 items-center rounded-md px-2",
        isCurrent ? "bg-card font-[550] ring-1 ring-border dark:bg-muted" : "text-muted-foreground hover:bg-accent",
      )}
      href={entry.href}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onOpen(entry);
      }}
    >
      <span className="truncate">{entry.label}</span>
    </a>
  );
}

function SectionChoice({ groups, current, onOpen }: SettingsNavProps) {
  const open = (key: string) => {
    const entry = groups.flatMap((group) => group.entries).find((candidate) => candidate.key === key);
    if (entry) onOpen(entry);
  };
  return (
    <nav aria-label="Settings" className="shrink-0 border-b px-4 py-2">
      <Select aria-label="Section" onChange={(event) => open(event.target.value)} value={current}>
        {groups.map((group) => (
          <optgroup key={group.title} label={group.title}>
            {group.entries.map((entry) => (
              <option key={entry.key} value={entry.key}>
                {entry.label}
              </option>
            ))}
          </optgroup>
        ))}
      </Select>
    </nav>
  );
}
