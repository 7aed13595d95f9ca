// The emulator's port as a thing that fails: closed for a while (connection refused), or connections reset as they are made.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class Door {
  private server: Server | undefined;
  private toReset = 0;
  private reopen: { timer: NodeJS.Timeout; listen: () => void } | undefined;

  guard(server: Server): void {
    this.server = server;
    server.prependListener('connection', (socket) => {
      if (this.toReset === 0) return;
      this.toReset -= 1;
      socket.resetAndDestroy();
    });
  }

  /** The next connections are reset before anything is read of them. Those that are open stay. */
  resetNext(count: number): void {
    this.toReset = count;
    this.server?.closeIdleConnections();
  }

  /** Nobody gets a connection for so long; idle ones are closed, requests under way go on. */
  refuse(ms: number): void {
    const { server } = this;
    const address = server?.address() as AddressInfo | null | undefined;
    if (server === undefined || address === null || address === undefined) return;
    const listen = () => {
      this.reopen = undefined;
      server.listen(address.port, address.address, 4096);
    };
    server.close();
    server.closeIdleConnections();
    this.reopen = { timer: setTimeout(listen, ms), listen };
  }

  /** Open again at once. */
  open(): void {
    this.toReset = 0;
    if (this.reopen === undefined) return;
    clearTimeout(this.reopen.timer);
    this.reopen.listen();
  }
}
