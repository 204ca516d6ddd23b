import { signal } from '@preact/signals';
import { lazy } from '../ui/lazy.tsx';

const open = signal(false);

export const openImport = () => {
  open.value = true;
};
export const closeImport = () => {
  open.value = false;
};

const Import = lazy(async () => (await import('./dialog.tsx')).Import);

export const ImportDialog = () => (open.value ? <Import /> : null);
