// From where the issuer's keys may come: whoever can change them on the way can sign tokens. Pure.

const LOOPBACK = /^(?:localhost|[\w-]+(?:\.[\w-]+)*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** `https`, or, outside production, `http` that does not leave this machine. */
export function mayFetchKeys(url: string, production: boolean): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return true;
  return protocol === 'http:' && !production && LOOPBACK.test(hostname);
}
