// Makes the access rules injectable; needs AccessConfig and ServerConfig from ConfigModule, and the state of RedisModule.
import { Module } from '@nestjs/common';
import { AccessPolicy } from './access-policy.js';
import { Administrators } from './administrators.js';
import { AdminGuard } from './admin-guard.js';
import { AuditLog } from './audit/audit-log.js';
import { DeniedAccess } from './audit/denied-access.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { Revocations } from './revocations.js';
import { Tickets } from './tickets.js';
import { TokenVerifier } from './token/token-verifier.js';

const PARTS = [
  AccessPolicy,
  AdminGuard,
  Administrators,
  AuditLog,
  DeniedAccess,
  FailedSignIns,
  Revocations,
  Tickets,
  TokenVerifier,
];

@Module({ providers: PARTS, exports: PARTS })
export class AuthModule {}
