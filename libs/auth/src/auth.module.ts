// Makes the access rules injectable; needs AccessConfig and ServerConfig from ConfigModule.
import { Module } from '@nestjs/common';
import { AccessPolicy } from './access-policy.js';
import { AdminGuard } from './admin-guard.js';

@Module({ providers: [AccessPolicy, AdminGuard], exports: [AccessPolicy, AdminGuard] })
export class AuthModule {}
