// parley assistants …: who answers, and how that is kept.
import { Command } from 'nest-commander';
import { CommandGroup } from '../base-command.js';
import { ApplyAssistants, ExportAssistants } from './file.commands.js';
import {
  AssistantStatus,
  AssistantVersions,
  CurrentAssistant,
  DiffAssistant,
  GetAssistant,
  ListAssistants,
  RollbackAssistant,
  ShowAssistant,
} from './looking.commands.js';
import {
  CleanUpAssistants,
  CreateAssistant,
  DeleteAssistant,
  GetOrCreateAssistant,
  RefreshAssistant,
  UpdateAssistant,
} from './making.commands.js';
import { EndTrial, TryAssistant } from './trial.commands.js';
import { AssistantUsageCommand } from './usage.command.js';

@Command({
  name: 'assistants',
  description: 'Who answers.',
  subCommands: [
    ShowAssistant,
    CreateAssistant,
    ListAssistants,
    GetAssistant,
    RefreshAssistant,
    GetOrCreateAssistant,
    CleanUpAssistants,
    UpdateAssistant,
    DeleteAssistant,
    AssistantStatus,
    CurrentAssistant,
    AssistantVersions,
    DiffAssistant,
    RollbackAssistant,
    TryAssistant,
    EndTrial,
    AssistantUsageCommand,
    ExportAssistants,
    ApplyAssistants,
  ],
})
export class AssistantCommands extends CommandGroup {}
