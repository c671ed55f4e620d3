import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { Toaster } from "sonner";
import { asProblem } from "./api/problem";
import { session } from "./api/session";
import { router } from "./app/router";
import { startTheme, theme } from "./app/theme";
import { startTexts } from "./i18n";
import { keepCache } from "./live/cache";
import { useStore } from "./live/store";
import { Tips } from "./ui/tip";
import "./styles.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // events keep what is shown current; a window that comes back to the front has missed nothing
      refetchOnWindowFocus: false,
      retry: (count, error) => asProblem(error).passes && count < 3,
    },
  },
});

function Dashboard() {
  const chosen = useStore(theme);
  return (
    <QueryClientProvider client={client}>
      <Suspense>
        <RouterProvider router={router} />
      </Suspense>
      <Toaster theme={chosen} position="bottom-right" closeButton />
      <Tips />
    </QueryClientProvider>
  );
}

// whoever is signed in is on the way there, as a rule
if (session.get()) {
  void import("./app/shell");
  void import("./inbox/page");
}
startTheme();
keepCache(client);
await startTexts(...(session.get() ? ["inbox"] : []));
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Dashboard />
    </StrictMode>,
  );
}
