// The least of a WebSocket door: subscribe, send, frames. No access, no limits, no checks; shared by the floors.
import { createServer } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';

export class Door {
  private readonly sockets = new Map<string, WebSocket>();

  /** @param onSend a message was sent to a channel */
  constructor(onSend: (channel: string, message: string) => void) {
    const http = createServer((_, response) => response.end());
    const server = new WebSocketServer({ server: http, path: '/ws', perMessageDeflate: false });
    server.on('connection', (socket) => {
      socket.on('message', (data) => {
        const { action, channel, message } = JSON.parse(String(data)) as Record<string, string>;
        if (action === 'send') return onSend(channel!, message!);
        this.sockets.set(channel!, socket);
        socket.send(`{"type":"subscribed","channel":"${channel}"}`);
        socket.once('close', () => this.sockets.delete(channel!));
      });
    });
    http.listen(Number(process.env['PORT']), process.env['HOST']);
  }

  /** @param json of an event, shown with its place in front as Parley does */
  push(channel: string, offset: string | number, json: string): void {
    const frame = `{"channel":"${channel}","epoch":"floor.1","offset":${offset},${json.slice(1)}`;
    this.sockets.get(channel)?.send(Buffer.from(frame), { binary: false });
  }
}
