import { notifyManager, QueryClient } from "@tanstack/react-query";

// A dropped card must stand at its new place in the very next frame; the default scheduler waits for a timer.
notifyManager.setScheduler(queueMicrotask);

/** The cache of what the server told. The socket keeps it fresh, so nothing goes stale by age. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        retry: false,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}
