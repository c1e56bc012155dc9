// Ten boards on one page: the console's own component, ten times, of the same board. `7_sharing.test.mjs` builds it and runs it on a page of the
// console, whose style sheet, policy and origin it has; and says whether all ten are to have one cache of queries, or each its own.

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { openWorkspace } from '../../../web/console/src/app/workspace.ts';
import { BoardView } from '../../../web/console/src/board/BoardView.tsx';
import { loadConfig } from '../../../web/console/src/config.ts';
import { loadDemo, signInAs } from '../../../web/console/src/session/demo.ts';

const WORKSPACE = '15213';
const TEN = Array.from({ length: 10 }, (_, n) => n);
const PARAMETERS = new URLSearchParams({ board: 'board_123' });

globalThis.showTenBoards = async ({ userId, sharesCache }) => {
  const config = await loadConfig();
  const demo = await loadDemo(config.demoUsersUrl);
  const session = signInAs(demo, userId);
  const workspace = openWorkspace(config, session, WORKSPACE);
  const boards = TEN.map((n) => {
    const queryClient = sharesCache ? workspace.queryClient : new QueryClient();
    return (
      <QueryClientProvider key={n} client={queryClient}>
        <div style={{ display: 'flex', height: 420 }}>
          <BoardView
            config={config}
            session={session}
            demo={demo}
            workspace={{ ...workspace, queryClient }}
            parameters={PARAMETERS}
          />
        </div>
      </QueryClientProvider>
    );
  });
  const root = document.createElement('div');
  root.className = 'bc-root';
  document.body.replaceChildren(root);
  createRoot(root).render(boards);
};
