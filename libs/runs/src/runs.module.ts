// What doors need: taking messages in, looking at runs, cancelling, dead letters. No worker comes with it.
import { Module } from '@nestjs/common';
import { DeadLetterStore } from './dead-letters/dead-letter-store.js';
import { Intake } from './intake/intake.js';
import { Notices } from './intake/notices.js';
import { OwnWork } from './own-work.js';
import { DoorScripts } from './scripts/door-scripts.js';
import { RunStore } from './run/run-store.js';

const FACE = [Intake, RunStore, DeadLetterStore, Notices, DoorScripts, OwnWork];

@Module({ providers: FACE, exports: FACE })
export class RunsModule {}
