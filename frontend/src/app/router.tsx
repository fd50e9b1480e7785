import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, redirect } from "@tanstack/react-router";
import * as z from "zod/mini";
import { BoardPage } from "./board-page";
import { HomePage } from "./home-page";
import { CrashPage, MissingPage } from "./message-page";
import { AgentSettingsPage, BoardSettingsPage, ProjectSettingsPage } from "./settings-routes";
import { Shell } from "./shell";
import { TaskCrash, TaskRoutePage } from "./task-route";

export type AppContext = { queryClient: QueryClient };

// What an address holds is typed by hand: a part of it that is wrong is left out, the rest still counts.
const maybe = <Value,>(schema: z.ZodMiniType<Value>) => z.catch(z.optional(schema), undefined);
const text = z.coerce.string();
const number = z.number();

// The list of what waits for a person lies over any page: `needs` is the id of the ask in view.
const rootSearch = z.object({ needs: maybe(text) });

const rootRoute = createRootRouteWithContext<AppContext>()({
  validateSearch: (search) => rootSearch.parse(search),
  component: Shell,
});

const homeRoute = createRoute({ getParentRoute: () => rootRoute, path: "/", component: HomePage });

const boardSearch = z.object({
  q: maybe(text),
  lane: maybe(z.enum(["backlog", "prd_review", "todo", "in_progress", "blocked", "review", "done"])),
});

export const boardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/p/$project",
  validateSearch: (search) => boardSearch.parse(search),
  component: BoardPage,
});

const taskSearch = z.object({
  tab: maybe(z.enum(["overview", "activity", "diff", "gates", "terminal"])),
  attempt: maybe(number),
  event: maybe(number),
  ask: maybe(text),
  file: maybe(text),
  from: maybe(number),
  to: maybe(number),
  full: maybe(z.boolean()),
});

export const taskRoute = createRoute({
  getParentRoute: () => boardRoute,
  path: "t/$number",
  validateSearch: (search) => taskSearch.parse(search),
  component: TaskRoutePage,
  errorComponent: TaskCrash,
});

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/$section", params: { section: "general" } });
  },
});

const boardSettingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings/$section",
  component: BoardSettingsPage,
});

export const agentSettingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings/agents/$agent",
  validateSearch: (search) => z.object({ copy: maybe(text) }).parse(search),
  component: AgentSettingsPage,
});

const projectSettingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/p/$project/settings/$section",
  component: ProjectSettingsPage,
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  boardRoute.addChildren([taskRoute]),
  settingsRoute,
  boardSettingsRoute,
  agentSettingsRoute,
  projectSettingsRoute,
]);

/** The addresses of the product. */
export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultNotFoundComponent: MissingPage,
    defaultErrorComponent: CrashPage,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
