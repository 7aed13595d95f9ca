// parley vcons …
import { Command } from 'nest-commander';
import { CommandGroup } from '../base-command.js';
import { GetVcon, ListVcons, SearchVcons, VconStatus } from './looking.commands.js';
import { DeleteVcon, SweepVcons, VconRemovals } from './removing.commands.js';
import { ImportVcon, SaveVcon } from './saving.commands.js';

@Command({
  name: 'vcons',
  description: 'Conversation records: save, search, get, delete with a receipt.',
  subCommands: [
    SaveVcon,
    ImportVcon,
    GetVcon,
    VconStatus,
    ListVcons,
    SearchVcons,
    DeleteVcon,
    VconRemovals,
    SweepVcons,
  ],
})
export class VconCommands extends CommandGroup {}
