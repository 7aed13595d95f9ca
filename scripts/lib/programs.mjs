// The programs behind the services: whether they are on this machine, and bringing them onto it by apt. Starts none of them.
import { spawnSync } from 'node:child_process';
import { aptInstall, aptIsPossible } from './apt.mjs';
import { Fault } from './fault.mjs';

/**
 * @param {object} provider of a service, as in PROVIDERS
 * @returns {Promise<boolean>} whether something had to be installed
 * @throws Fault that says what is needed, where it cannot be installed from here
 */
export async function bringPrograms(provider) {
  if (isInstalled(provider)) return false;
  const needed = new Fault(`${provider.label} is absent; it needs: ${provider.installHint}`);
  if (provider.aptPackages.length === 0 || !aptIsPossible()) throw needed;
  await aptInstall(provider.aptPackages);
  // Packages that dpkg takes for installed while their programs are gone, or not on PATH.
  if (!isInstalled(provider)) throw needed;
  return true;
}

function isInstalled(provider) {
  if (provider.installed) return provider.installed();
  return provider.programs.every(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined,
  );
}
