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
      { keys: ["O", "L", "D", "G", "T"], does: "Overview, activity, diff, gates, terminal" },
      { keys: ["A"], does: "Approve: look at the message, then merge" },
      { keys: ["⌘F"], does: "Find in the log" },
      { keys: ["M"], does: "Write to the agent" },
      { keys: ["Esc"], does: "Close" },
    ],
  },
  {
    title: "Diff",
    keys: [
      { keys: ["J", "K"], does: "Next and previous file" },
      { keys: ["N"], does: "Next file that is not viewed" },
      { keys: ["V"], does: "Viewed, or not" },
      { keys: ["C"], does: "Comment on the line under the pointer, else the first in view" },
      { keys: ["U", "S"], does: "Unified, split" },
      { keys: ["⌘F"], does: "Find in the diff" },
      { keys: ["⌘↵"], does: "Request changes; in a comment, add it" },
    ],
  },
  {
    title: "What needs you",
    keys: [
      { keys: ["]", "["], does: "Next and previous" },
      { keys: ["Y"], does: "Allow" },
      { keys: ["E"], does: "Allow with edits" },
      { keys: ["N"], does: "Deny with a reason" },
      { keys: ["P"], does: "Always in this project" },
    ],
  },
  {
    title: "Message to the agent",
    keys: [
      { keys: ["↵"], does: "A new line" },
      { keys: ["⌘↵"], does: "Send; a running agent is interrupted" },
      { keys: ["⌥↵"], does: "Queue: it is read at the agent's next call" },
      { keys: ["Esc", "Esc"], does: "Stop the turn" },
      { keys: ["⌥↑", "⌥↓"], does: "Read a waiting message earlier, later" },
    ],
  },
];

/** Every key, in one sheet. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && onClose()} open>
      <DialogContent className="w-[min(840px,calc(100vw-32px))]" title="Keyboard shortcuts">
        <DialogBody className="block gap-8 space-y-4 pb-4 md:columns-2">
          {groups.map((group) => (
            <section className="break-inside-avoid" key={group.title}>
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
