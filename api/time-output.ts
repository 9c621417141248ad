export * from '../core/wire/time-wire.ts';
