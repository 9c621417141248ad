export * from '../core/wire/claim-wire.ts';
