// The first three frames of AMQP 0-9-1: enough to learn whether a broker lets guest in. Knows nothing beyond.
import { converse } from './probe.mjs';

/** 'welcome', 'refused', or 'silent' when no AMQP broker answers at the loopback port. */
export async function amqpLogin(port, user = 'guest', password = 'guest') {
  let greeted = false;
  const verdict = await converse({ port }, 'AMQP\x00\x00\x09\x01', (bytes, socket) => {
    if (bytes.length < 7 || bytes[0] !== 1) return undefined;
    const first = 7 + bytes.readUInt32BE(3) + 1;
    if (bytes.length < first) return undefined;
    if (!greeted) {
      greeted = true;
      socket.write(startOk(user, password));
    }
    if (bytes.length < first + 11) return undefined;
    const [classId, methodId] = [bytes.readUInt16BE(first + 7), bytes.readUInt16BE(first + 9)];
    return classId === 10 && methodId === 30 ? 'welcome' : 'refused'; // 10.30 is connection.tune
  });
  return verdict ?? (greeted ? 'refused' : 'silent');
}

function startOk(user, password) {
  const short = (text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const secret = Buffer.from(`\0${user}\0${password}`);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(secret.length);
  const method = Buffer.from([0, 10, 0, 11]); // connection.start-ok
  const payload = Buffer.concat([method, Buffer.alloc(4), short('PLAIN'), size, secret, short('en_US')]);
  const header = Buffer.alloc(7);
  header[0] = 1;
  header.writeUInt32BE(payload.length, 3);
  return Buffer.concat([header, payload, Buffer.from([0xce])]);
}
