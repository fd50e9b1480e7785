import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startFeed } from "@/api/board-feed";
import { takeTokenFromAddress, watchAddressForToken } from "@/api/session";
import { Toaster } from "@/components/ui/toast";
import { TooltipProvider } from "@/components/ui/tooltip";
import { createQueryClient } from "@/lib/query-client";
import { watchTheme } from "@/lib/theme";
import { createAppRouter } from "./router";
import "@/styles/index.css";

takeTokenFromAddress();
watchAddressForToken();
watchTheme();
const queryClient = createQueryClient();
startFeed(queryClient);
const router = createAppRouter(queryClient);
const root = document.querySelector("#root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <TooltipProvider delayDuration={400}>
          <RouterProvider router={router} />
          <Toaster />
        </TooltipProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
