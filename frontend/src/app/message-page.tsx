import type { ReactNode } from "react";
import { errorMessage } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Wordmark } from "@/components/wordmark";

type MessagePageProps = { title: string; children: ReactNode; action?: ReactNode };

/** A page that has one thing to say: what happened, what to do, one button. */
export function MessagePage({ title, children, action }: MessagePageProps) {
  return (
    <main className="flex min-h-0 flex-1 items-center justify-center p-6">
      <div className="flex max-w-md flex-col items-start gap-3">
        <h1 className="text-lg font-semibold tracking-[-0.014em]">{title}</h1>
        <div className="text-muted-foreground">{children}</div>
        {action}
      </div>
    </main>
  );
}

/** An address that leads nowhere. */
export function MissingPage() {
  return (
    <MessagePage
      action={
        <Button asChild>
          <a href="/">All projects</a>
        </Button>
      }
      title="Nothing stands at this address"
    >
      The project or task may have been removed, or the address is cut short.
    </MessagePage>
  );
}

/** Something on this page broke; the board on the server is not touched by it. */
export function CrashPage({ error }: { error: unknown }) {
  return (
    <MessagePage action={<Button onClick={() => location.reload()}>Reload</Button>} title="This page stopped">
      {errorMessage(error)} Agents go on without it.
    </MessagePage>
  );
}

/** The server does not know this browser. */
export function UnauthorizedPage() {
  return (
    <div className="flex h-dvh flex-col">
      <header className="flex h-12 shrink-0 items-center px-4">
        <Wordmark />
      </header>
      <MessagePage title="This browser has no access yet">
        Run this in a terminal on the machine where the board runs. It opens a page that is signed in.
        <code className="mt-3 block rounded-md border bg-card px-3 py-2 text-foreground">eval-kanban open</code>
      </MessagePage>
    </div>
  );
}
