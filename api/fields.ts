export * from '../core/events/fields.ts';
