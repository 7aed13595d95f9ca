// Loaded into a measured process with --import: collects garbage on SIGUSR2, so that its resident set shows what is
// held and not what has not been swept yet.
const { gc } = globalThis as { gc?: () => void };
process.on('SIGUSR2', () => gc?.());
