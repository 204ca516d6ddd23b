import { effect, signal } from '@preact/signals';
import { Icon } from './icons.tsx';

const order = ['auto', 'light', 'dark'] as const;
type Theme = (typeof order)[number];

function stored(): Theme {
  try {
    return order.find((theme) => theme === localStorage.getItem('theme')) ?? 'auto';
  } catch {
    return 'auto';
  }
}

const theme = signal<Theme>(stored());

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  try {
    localStorage.setItem('theme', theme.value);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
});

export function ThemeToggle() {
  const names = { auto: 'as the system', light: 'light', dark: 'dark' };
  const icons = { auto: 'auto', light: 'sun', dark: 'moon' } as const;
  const next = () => {
    theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'auto';
  };
  const label = `Theme: ${names[theme.value]}`;
  return (
    <button type="button" class="ghost icon-only" aria-label={label} title={label} onClick={next}>
      <Icon name={icons[theme.value]} />
    </button>
  );
}
