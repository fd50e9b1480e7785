import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";

const groups: readonly { title: string; keys: readonly { keys: readonly string[]; does: string }[] }[] = [
  {
    title: "Board",
    keys: [
      { keys: ["C"], does: "New task" },
      { keys: ["J", "K"], does: "Next and previous card" },
      { keys: ["←", "↑", "↓", "→"], does: "Walk the cards" },
      { keys: ["/"], does: "Search or filter" },
      { keys: ["?"], does: "This sheet" },
    ],
  },
  {
    title: "Card in focus",
    keys: [
      { keys: ["↵"], does: "Open" },
      { keys: ["E"], does: "Edit" },
      { keys: ["R"], does: "Run, or cancel the run" },
      { keys: ["A"], does: "Approve, or merge what is approved" },
      { keys: ["Space"], does: "Lift; arrows move, Space drops, Esc puts back" },
    ],
  },
  {
    title: "Open task",
    keys: [
      { keys: ["O", "L", "D", "T"], does: "Overview, activity, diff, terminal" },
      { keys: ["J", "K"], does: "Next and previous file of the diff" },
      { keys: ["⌘F"], does: "Find in the log" },
      { keys: ["Esc"], does: "Close" },
    ],
  },
];

/** Every key, in one sheet. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && onClose()} open>
      <DialogContent title="Keyboard shortcuts">
        <DialogBody className="gap-4 pb-4">
          {groups.map((group) => (
            <section key={group.title}>
              <h3 className="mb-1 text-xs font-medium text-muted-foreground">{group.title}</h3>
              <dl>
                {group.keys.map((entry) => (
                  <div className="flex h-8 items-center gap-2 border-t first:border-t-0" key={entry.does}>
                    <dt className="flex-1">{entry.does}</dt>
                    <dd className="flex gap-1">
                      {entry.keys.map((key) => (
                        <Kbd className="max-md:inline-flex pointer-coarse:inline-flex" key={key}>
                          {key}
                        </Kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </DialogBody>
      </DialogContent>
    </Dialog>
  );
}
