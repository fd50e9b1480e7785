/** The addresses of the settings; what they show is loaded when one is first opened. */
import { useParams, useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";

const load = () => import("./settings-page");
const BoardSettings = lazy(async () => ({ default: (await load()).BoardSettings }));
const AgentSettings = lazy(async () => ({ default: (await load()).AgentSettings }));
const ProjectSettings = lazy(async () => ({ default: (await load()).ProjectSettings }));

/** `/settings/<section>` */
export function BoardSettingsPage() {
  const { section } = useParams({ from: "/settings/$section" });
  return (
    <Loading>
      <BoardSettings section={section} />
    </Loading>
  );
}

/** `/settings/agents/<id>`, or `new`, there with the profile to copy. */
export function AgentSettingsPage() {
  const { agent } = useParams({ from: "/settings/agents/$agent" });
  const { copy } = useSearch({ from: "/settings/agents/$agent" });
  const fresh = copy === undefined ? ({ type: "new" } as const) : ({ type: "copy", id: copy } as const);
  return (
    <Loading>
      <AgentSettings target={agent === "new" ? fresh : { type: "edit", id: agent }} />
    </Loading>
  );
}

/** `/p/<project>/settings/<section>` */
export function ProjectSettingsPage() {
  const { project, section } = useParams({ from: "/p/$project/settings/$section" });
  return (
    <Loading>
      <ProjectSettings projectKey={project} section={section} />
    </Loading>
  );
}

function Loading({ children }: { children: ReactNode }) {
  return <Suspense fallback={<main aria-busy="true" className="flex-1" />}>{children}</Suspense>;
}
