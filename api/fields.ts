export * from '../core/fields.ts';
