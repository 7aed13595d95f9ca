// The face of the auth lib: who asks, what he may, and what was done.
export { AccessPolicy } from './access-policy.js';
export * from './admin-guard.js';
export { Administrators } from './administrators.js';
export { channelObject, type AuditEntry, type SealedEntry } from './audit/audit-entry.js';
export { AuditLog, type AuditHead, type AuditPage, type Deed } from './audit/audit-log.js';
export { DeniedAccess } from './audit/denied-access.js';
export { verifyAudit, type AuditVerdict } from './audit/verify-audit.js';
export * from './auth.module.js';
export { can, type Verdict } from './can.js';
export { ANYBODY, SHARED, type Principal } from './principal.js';
export { Revocations } from './revocations.js';
export { parseScopes, SCOPES, type Scope } from './scopes.js';
export { bearerToken } from './secrets.js';
export { isTicket, Tickets, type Ticket } from './tickets.js';
export { issueToken, type IssuedToken, type TokenWish } from './token/issue-token.js';
export { readClaims, looksLikeToken } from './token/read-token.js';
export { TENANT } from './token/to-principal.js';
export { TokenVerifier } from './token/token-verifier.js';
