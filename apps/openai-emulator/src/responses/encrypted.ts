// Reasoning that a client keeps and hands back: opaque, and refused when it was not made here.

const PREFIX = 'gAAAAemulator';

export function encryptReasoning(itemId: string, text: string): string {
  return PREFIX + Buffer.from(JSON.stringify({ itemId, text })).toString('base64url');
}

export function isOurs(encrypted: string): boolean {
  return encrypted.startsWith(PREFIX);
}
