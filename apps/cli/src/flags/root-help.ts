// Tells of the old flags under `parley --help`; commander knows nothing of them, because they are translated before it.
import { Injectable } from '@nestjs/common';
import { InjectCommander } from 'nest-commander';
import type { CommandRunner } from 'nest-commander';
import { flagsHelp } from './translate-flags.js';

type Commander = Parameters<CommandRunner['setCommand']>[0];

@Injectable()
export class RootHelp {
  constructor(@InjectCommander() commander: Commander) {
    commander.addHelpText('after', flagsHelp());
  }
}
