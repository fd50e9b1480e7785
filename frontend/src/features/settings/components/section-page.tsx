import type { ReactNode } from "react";
import { errorMessage } from "@/api/errors";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";

type SectionPageProps = { title: string; note?: ReactNode; action?: ReactNode; children: ReactNode };

/** One section of the settings. */
export function SectionPage({ title, note, action, children }: SectionPageProps) {
  return (
    <div className="mx-auto flex w-full max-w-160 flex-col gap-4 px-6 py-6 max-md:px-4 max-md:py-4">
      <header className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="text-lg font-semibold tracking-[-0.014em]">{title}</h2>
          {note ? <p className="mt-0.5 text-muted-foreground">{note}</p> : null}
        </div>
        {action}
      </header>
      {children}
    </div>
  );
}

type Loaded<Value> = { data: Value | undefined; isError: boolean; error: unknown; refetch: () => unknown };

/** What a section shows once the server has told; until then, or if it does not, that. */
export function WhenLoaded<Value>({
  query,
  children,
}: {
  query: Loaded<Value>;
  children: (value: Value) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (!query.isError) {
    return (
      <div aria-busy="true" className="flex flex-col gap-5 py-2">
        <Skeleton className="w-2/5" />
        <Skeleton className="w-3/5" />
        <Skeleton className="w-1/2" />
      </div>
    );
  }
  return (
    <Notice
      action={<Button onClick={() => void query.refetch()}>Try again</Button>}
      className="px-0"
      isAlert
      title="This could not be read"
    >
      {errorMessage(query.error)}
    </Notice>
  );
}
