export * from '../core/wire/event-wire.ts';
