export * from '../core/runtime/iso-time.ts';
