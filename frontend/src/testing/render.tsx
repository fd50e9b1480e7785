import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { Toaster } from "@/components/ui/toast";
import { TooltipProvider } from "@/components/ui/tooltip";
import { createQueryClient } from "@/lib/query-client";

/** Renders as the app does: with a query cache, tooltips and toasts. */
export function renderWithApp(element: ReactNode, client: QueryClient = createQueryClient()) {
  const view = render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        {element}
        <Toaster />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { ...view, client, user: userEvent.setup() };
}
