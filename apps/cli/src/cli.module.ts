// All commands. Nothing here connects to anything.
import { Module } from '@nestjs/common';
import { AssistantCommands } from './commands/assistants/assistants.commands.js';
import { AuditCommands } from './commands/audit.commands.js';
import { ChannelCommands } from './commands/channels.commands.js';
import { ChaterGptCommands } from './commands/chatergpt.commands.js';
import { DeadLetterCommands } from './commands/dead-letters.commands.js';
import { FeedbackCommands } from './commands/feedback.commands.js';
import { EraseCommand, ErasureCommands, ExportCommand } from './commands/erasure.commands.js';
import { MessageCommands } from './commands/messages.commands.js';
import { PlanCommands } from './commands/plans/plans.commands.js';
import { RunCommands } from './commands/runs.commands.js';
import { StoreCommands } from './commands/stores/stores.commands.js';
import { ThreadCommands } from './commands/threads.commands.js';
import { TokenCommands } from './commands/token.commands.js';
import { TranscriptionCommands } from './commands/transcriptions/transcriptions.commands.js';
import { UsageCommands } from './commands/usage.commands.js';
import { VconCommands } from './commands/vcons/vcons.commands.js';
import { RootHelp } from './flags/root-help.js';

@Module({
  providers: [
    RootHelp,
    FeedbackCommands,
    ...[
      ThreadCommands,
      MessageCommands,
      EraseCommand,
      ExportCommand,
      ErasureCommands,
      AssistantCommands,
      RunCommands,
      DeadLetterCommands,
      TokenCommands,
      AuditCommands,
      UsageCommands,
      ChaterGptCommands,
      VconCommands,
      StoreCommands,
      PlanCommands,
      ChannelCommands,
      TranscriptionCommands,
    ].flatMap((group) => group.registerWithSubCommands()),
  ],
})
export class CliModule {}
