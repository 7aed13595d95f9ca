// Ctrl-C, SIGTERM and a closed terminal, once politely and the second time not.

/**
 * @param {() => void} onSecond called at the second signal
 * @returns {Promise<string> & {forget(): void}} the first signal's name; `forget` gives signals back their usual effect
 */
export function untilSignal(onSecond) {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  let firstAt;
  let listener;
  const first = new Promise((resolve) => {
    listener = (name) => {
      firstAt ??= performance.now();
      resolve(name);
      // One Ctrl-C arrives twice under npm: from the terminal and passed on by npm.
      if (performance.now() - firstAt > 500) onSecond();
    };
    for (const name of names) process.on(name, listener);
  });
  // A pending promise does not keep a process alive; the person who may press Ctrl-C does.
  const alive = setInterval(() => undefined, 3_600_000);
  const forget = () => {
    clearInterval(alive);
    for (const name of names) process.off(name, listener);
  };
  return Object.assign(first, { forget });
}
